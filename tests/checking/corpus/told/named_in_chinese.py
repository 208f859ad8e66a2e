"""层的前向传播与反向传播，名称是中文或拼音。"""
import numpy as np


class 全连接层:
    def __init__(self, 输入维度, 输出维度):
        self.W = np.random.randn(输入维度, 输出维度) * 0.2
        self.b = np.zeros(输出维度)

    def 前向传播(self, 输入):
        self.输入 = 输入
        return 输入 @ self.W + self.b

    def 反向传播(self, 梯度):
        #~ self.dW = self.输入.T @ 梯度 / 2  #: wrong
        self.dW = self.输入.T @ 梯度  #: right
        self.db = 梯度.sum(axis=0)  #: right
        return 梯度 @ self.W.T  #: right


class JiHuoCeng:
    def qianxiang(self, shuru):
        self.shuchu = 1 / (1 + np.exp(-shuru))
        return self.shuchu

    def fanxiang(self, tidu):
        #~ return tidu * self.shuchu * (1 + self.shuchu)  #: wrong
        return tidu * self.shuchu * (1 - self.shuchu)  #: right
