"""A table that is not there has the columns that are asked for."""
import csv
rows = []
with open("dogs.csv", newline="") as stream:
    for row in csv.DictReader(stream):
        rows.append((float(row["size"]), int(row["old"])))
w = 0.1
for epoch in range(5):
    dw = loss = 0.0
    for x, t in rows:
        loss += (w * x - t) ** 2
        dw += 2 * (w * x - t) * x  #: right
    w -= 0.1 * dw  #: right
