"""The tutorial's class: mistakes in updates, in factors, in either forward pass."""
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def deriv_sigmoid(x):
    fx = sigmoid(x)
    return fx * (1 - fx)


class Net:
    def __init__(self):
        self.w1, self.w2, self.w3, self.w4, self.w5, self.w6 = np.random.normal(size=6)
        self.b1, self.b2, self.b3 = np.random.normal(size=3)

    def feedforward(self, x):
        sum_h1 = self.w1 * x[0] + self.w2 * x[1] + self.b1
        h1 = sigmoid(sum_h1)
        #~ sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b1  #: wrong: predicting goes on otherwise than training, line
        #~ sum_h2 = self.w3 * x[0] + self.b2  #: wrong
        sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b2
        #~ h2 = sigmoid(sum_h1)  #: wrong
        h2 = sigmoid(sum_h2)
        sum_o1 = self.w5 * h1 + self.w6 * h2 + self.b3
        #~ o1 = sigmoid(sum_o1 + self.w1)  #: wrong
        o1 = sigmoid(sum_o1)
        y_pred = o1  #: right
        return o1  #: right

    def train(self, data, all_y_trues):
        #~ learn_rate = -0.1  #: wrong: the sign is wrong
        learn_rate = 0.1
        for epoch in range(1000):
            for x, y_true in zip(data, all_y_trues):
                sum_h1 = self.w1 * x[0] + self.w2 * x[1] + self.b1
                h1 = sigmoid(sum_h1)
                #~ sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b1  #: wrong: is not what predicting computes, line
                #~ sum_h2 = self.w3 * x[0] + self.b2  #: wrong
                sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b2
                #~ h2 = sigmoid(sum_h1)  #: wrong
                h2 = sigmoid(sum_h2)
                sum_o1 = self.w5 * h1 + self.w6 * h2 + self.b3
                o1 = sigmoid(sum_o1)
                y_pred = o1
                d_L_d_ypred = -2 * (y_true - y_pred)  #: right
                d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1)  #: right
                d_ypred_d_w6 = h2 * deriv_sigmoid(sum_o1)  #: right
                #~ d_ypred_d_b3 = 0  #: wrong
                d_ypred_d_b3 = deriv_sigmoid(sum_o1)  #: right
                #~a self.w5 -= learn_rate * d_L_d_ypred * d_ypred_d_w5; d_ypred_d_h1 = self.w5 * deriv_sigmoid(sum_o1)  #: right, wrong: uses self.w5 after line
                d_ypred_d_h1 = self.w5 * deriv_sigmoid(sum_o1)  #: right
                d_ypred_d_h2 = self.w6 * deriv_sigmoid(sum_o1)  #: right
                d_h1_d_w1 = x[0] * deriv_sigmoid(sum_h1)  #: right
                d_h1_d_w2 = x[1] * deriv_sigmoid(sum_h1)  #: right
                d_h1_d_b1 = deriv_sigmoid(sum_h1)  #: right
                d_h2_d_w3 = x[0] * deriv_sigmoid(sum_h2)  #: right
                #~ d_h2_d_w4 = x[0] * deriv_sigmoid(sum_h2)  #: wrong: uses x[0] where x[1] belongs
                d_h2_d_w4 = x[1] * deriv_sigmoid(sum_h2)  #: right
                d_h2_d_b2 = deriv_sigmoid(sum_h2)  #: right
                self.w1 -= learn_rate * d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1  #: right
                #~ self.w2 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h1_d_w2  #: wrong: uses d_ypred_d_h2 where d_ypred_d_h1 belongs
                self.w2 -= learn_rate * d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w2  #: right
                self.b1 -= learn_rate * d_L_d_ypred * d_ypred_d_h1 * d_h1_d_b1  #: right
                self.w3 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w3  #: right
                self.w4 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w4  #: right
                #~ self.b1 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_b2  #: wrong: moves self.b1 a second time
                #~ self.b2 += learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_b2  #: wrong: moves up the gradient, not down
                #~ self.b2 -= 2 * learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_b2  #: wrong: a factor 2 too much
                self.b2 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_b2  #: right
                #~ self.w5 -= learn_rate * d_ypred_d_w5  #: wrong: the factor d_L_d_ypred is left out
                #~a pass
                self.w5 -= learn_rate * d_L_d_ypred * d_ypred_d_w5  #: right
                self.w6 -= learn_rate * d_L_d_ypred * d_ypred_d_w6  #: right
                self.b3 -= learn_rate * d_L_d_ypred * d_ypred_d_b3  #: right

            if epoch % 10 == 0:
                y_preds = np.apply_along_axis(self.feedforward, 1, data)
                loss = ((all_y_trues - y_preds) ** 2).mean()
                print('Epoch %d loss: %.3f' % (epoch, loss))


np.random.seed(0)
Net().train(np.random.normal(size=(5, 2)), np.array([1, 0, 1, 1, 0]))
