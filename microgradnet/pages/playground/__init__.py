"""The playground: a static site that checks code in the browser, with nothing installed.

site_files.py writes the site, with this package as an archive for the browser. code_samples.py has
the code of its menu, files of `examples/` (in a clone, or installed by a wheel beside its data);
supplies.py gets Pyodide and viz-js. session.py is the Python side of the site; static/ has the
page, its worker and its style.
"""
