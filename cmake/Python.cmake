# SPDX-License-Identifier: BSD-3-Clause
# The Python package goes where the interpreter of the same prefix looks; for ~/.local that is the user's own folder.
execute_process(COMMAND /usr/bin/python3 -c "import sys; print('python%d.%d' % sys.version_info[:2])" OUTPUT_VARIABLE python
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(ESPALIER_PYTHON_DIR lib/${python}/site-packages CACHE STRING "where --install puts the Python package, below the prefix")
