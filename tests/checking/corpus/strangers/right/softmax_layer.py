import numpy as np


class Softmax:
    def __init__(self, input_len, nodes):
        rs = np.random.RandomState(3)
        self.weights = rs.randn(input_len, nodes) / input_len
        self.biases = np.zeros(nodes)

    def forward(self, input):
        self.last_input = input
        totals = np.dot(input, self.weights) + self.biases
        self.last_totals = totals
        exp = np.exp(totals)
        return exp / np.sum(exp, axis=0)

    def backprop(self, d_L_d_out, learn_rate):
        for i, gradient in enumerate(d_L_d_out):
            if gradient == 0:
                continue
            t_exp = np.exp(self.last_totals)
            S = np.sum(t_exp)
            d_out_d_t = -t_exp[i] * t_exp / (S ** 2)
            d_out_d_t[i] = t_exp[i] * (S - t_exp[i]) / (S ** 2)

            d_L_d_t = gradient * d_out_d_t
            d_L_d_w = self.last_input[:, None] @ d_L_d_t[None, :]
            d_L_d_inputs = self.weights @ d_L_d_t

            self.weights -= learn_rate * d_L_d_w
            self.biases -= learn_rate * d_L_d_t
            return d_L_d_inputs


rs = np.random.RandomState(0)
images = rs.randn(60, 6)
labels = np.argmax(images[:, :3], axis=1)
softmax = Softmax(6, 3)

for epoch in range(4):
    loss, num_correct = 0, 0
    for im, label in zip(images, labels):
        out = softmax.forward(im)
        loss += -np.log(out[label])
        num_correct += int(np.argmax(out) == label)
        gradient = np.zeros(3)
        gradient[label] = -1 / out[label]
        softmax.backprop(gradient, 0.1)
    print("Epoch %d: average loss %.3f, accuracy %d%%" % (epoch, loss / 60, num_correct * 100 // 60))
