"""One file for each form in which a run can be read; all of them read grader.results and nothing else."""
