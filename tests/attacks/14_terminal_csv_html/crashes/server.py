"""Crashes with a message, in a function and at a line, that no report may take as they are."""


def ｌaunch():
    raise RuntimeError("=1+1 \x1b[31m<script>alert(1)</script> \u202e half a character: \ud83d, \ud800")


ｌaunch()  # <script>alert(1)</script> =1+1
