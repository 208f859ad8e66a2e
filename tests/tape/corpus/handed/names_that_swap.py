w = 2.0
new = 3.0
w = w * 2.0
new = w + 1.0
old = w
w = new
w = w * 2.0
