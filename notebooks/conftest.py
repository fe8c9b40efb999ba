"""How nbval runs the notebooks: in this Python, with a limit for each cell, one worker a notebook."""

from xdist.scheduler import LoadFileScheduling

CELL = 120  # seconds; the whole notebook takes less than 30 on a machine that is not busy


def pytest_configure(config):
    options = config.option
    if not options.nbval_kernel_name:
        options.nbval_current_env = True  # not whichever kernel the file names
    if options.nbval_cell_timeout == 2000:  # nbval's default
        options.nbval_cell_timeout = CELL


def pytest_xdist_make_scheduler(config, log):
    """The cells of a notebook belong to one kernel, so they stay with one worker."""
    return LoadFileScheduling(config, log)
