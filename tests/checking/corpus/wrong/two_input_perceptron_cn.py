from dataclasses import dataclass
import math


@dataclass
class Shenjingyuan:
    quan1: float = 0.3
    quan2: float = -0.1
    pian: float = 0.0

    def jisuan(self, x1, x2):
        zonghe = self.quan1 * x1 + self.quan2 * x2 + self.pian
        return math.tanh(zonghe)

    def xuexi(self, x1, x2, mubiao, sulv=0.1):
        shuchu = self.jisuan(x1, x2)
        wucha = shuchu - mubiao
        xielv = 1 - shuchu * shuchu
        tidu = wucha + xielv  # wrong: The chain rule multiplies error and slope; here they are added.
        self.quan1 -= sulv * tidu * x1
        self.quan2 -= sulv * tidu * x2
        self.pian -= sulv * tidu
        return 0.5 * wucha ** 2


yangben = [((i - 5) / 5, ((i * 7) % 11 - 5) / 5) for i in range(11)]
biaoqian = [1 if a + b > 0.1 else -1 for a, b in yangben]

n = Shenjingyuan()
for lun in range(200):
    sunshi = sum(n.xuexi(a, b, t) for (a, b), t in zip(yangben, biaoqian))
    if lun % 50 == 0:
        print(f"第{lun}轮: {sunshi:.4f}")
print(n)
