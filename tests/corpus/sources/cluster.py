"""Two workers of a cluster check a class."""
import sys
from pathlib import Path
from dask.distributed import Client, LocalCluster
import microgradnet as mg

if __name__ == "__main__":
    paths = sorted(Path(sys.argv[1]).glob("*.py"))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            futures = client.map(mg.check_file, paths)
            reports = client.gather(futures, errors="skip")
            print([bool(report) for report in reports], [future.status for future in futures])
            print(reports[1].rows[0].mistake, len(client.has_what()))
