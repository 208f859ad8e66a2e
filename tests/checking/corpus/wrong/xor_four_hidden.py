import numpy as np
np.random.seed(19)

inputs = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
wanted = np.array([[0.], [1.], [1.], [0.]])

hidden_w = np.random.uniform(-1, 1, (2, 4))
hidden_b = np.random.uniform(-1, 1, 4)
out_w = np.random.uniform(-1, 1, (4, 1))
out_b = np.random.uniform(-1, 1, 1)
lr = 0.7

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

errors = []
for epoch in range(2000):
    hidden = sigmoid(inputs @ hidden_w + hidden_b)
    output = sigmoid(hidden @ out_w + out_b)
    error = output - wanted
    loss = 0.5 * np.sum(error ** 2)
    d_output = error * output * (1 - output)
    d_hidden = (d_output @ out_w.T) * hidden * (1 - hidden)

    out_w -= lr * hidden.T @ d_output
    out_b -= lr * d_output.sum(axis=0)
    hidden_w -= lr * inputs.T @ d_hidden
    hidden_b -= lr * d_hidden.sum(axis=1)  # wrong: summed over the units (axis 1) instead of the samples (axis 0); 4 samples and 4 units, so 
    errors.append(loss)

print("start", errors[0])
print("end", errors[-1])
print(output.ravel().round(2))
