"""torch.optim: the same loss under each optimizer, options, groups, closures, what they refuse."""

import torch


def trained(make, rounds=100):
    torch.manual_seed(0)
    x = torch.randn(32, 4)
    y = x @ torch.tensor([1.0, -2.0, 3.0, 0.5]) + 0.3 + torch.randn(32) / 4
    w = torch.zeros(4, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = make([w, b])
    for i in range(rounds):
        optimizer.zero_grad()
        loss = ((x @ w + b - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        if i % 20 == 0:
            print(i, loss.detach())
    return w, b, w._version, loss


trained(lambda p: torch.optim.SGD(p, lr=0.05))
trained(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9))
trained(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True))
trained(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.5, dampening=0.2, weight_decay=0.01))
trained(lambda p: torch.optim.SGD(p, lr=0.001, maximize=True), 10)
trained(lambda p: torch.optim.Adam(p, lr=0.05))
trained(lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1))
trained(lambda p: torch.optim.Adam(p, lr=0.05, amsgrad=True))
trained(lambda p: torch.optim.Adam(p, lr=torch.tensor(0.05)))
trained(lambda p: torch.optim.AdamW(p, lr=0.05))
trained(lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.2, amsgrad=True))
trained(lambda p: torch.optim.RMSprop(p, lr=0.02))
trained(lambda p: torch.optim.RMSprop(p, lr=0.02, momentum=0.9, centered=True, weight_decay=0.1, alpha=0.9))

w = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(3.0, requires_grad=True, dtype=torch.float64)
optimizer = torch.optim.SGD([{"params": [w]}, {"params": b, "lr": 0.5, "momentum": 0.9}], lr=0.1)
optimizer
len(optimizer.param_groups), optimizer.param_groups[1]["lr"], optimizer.defaults
((w * w).sum() + b * b).backward()
optimizer.step()
w, b, w._version, b._version
optimizer.state_dict()
optimizer.param_groups[0]["lr"] = 1.0
optimizer.step()
w, b
v = torch.ones(2, requires_grad=True)
optimizer.add_param_group({"params": [v], "lr": 0.25})
len(optimizer.param_groups), optimizer.param_groups[2]
optimizer.zero_grad()
w.grad, b.grad, v.grad
optimizer.step()
w, v
(w.sum() * b).backward()
optimizer.zero_grad(set_to_none=False)
w.grad, b.grad


def closure():
    optimizer.zero_grad()
    loss = (w * w).sum() + b * b
    loss.backward()
    return loss


loss = optimizer.step(closure)
loss, w, b
with torch.no_grad():
    print(optimizer.step(closure))
w.requires_grad, w.is_leaf, w.grad_fn

torch.optim.Adam([w])
torch.optim.AdamW([("weight", w)])
torch.optim.RMSprop([w], centered=True)
adam = torch.optim.Adam([w, b], lr=0.1)
for _ in range(3):
    adam.zero_grad()
    ((w * w).sum() + b).backward()
    adam.step()
adam.state_dict()
adam.state[w]["step"], adam.state[w]["exp_avg"]
again = torch.optim.Adam([w, b], lr=0.7)
again.load_state_dict(adam.state_dict())
again.param_groups[0]["lr"], again.state[b]["exp_avg_sq"], again.state[b]["exp_avg_sq"] is adam.state[b]["exp_avg_sq"]
again.step()
w, b, again.state[w]["step"], adam.state[w]["step"]
again.load_state_dict({"state": {}, "param_groups": []})
again.load_state_dict(torch.optim.Adam([w]).state_dict())


class SignDescent(torch.optim.Optimizer):
    """An optimizer of one's own."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.state[p]["rounds"] = self.state[p].get("rounds", 0) + 1
                    p.sub_(group["lr"] * p.grad / abs(p.grad.sum()))


own = SignDescent([w], lr=0.5)
own
own.step()
w, own.state_dict()
own.zero_grad()
w.grad

torch.optim.SGD(w, lr=0.1)
torch.optim.SGD([], lr=0.1)
torch.optim.SGD([w * 2], lr=0.1)
torch.optim.SGD([1.0], lr=0.1)
torch.optim.SGD(["w"], lr=0.1)
torch.optim.SGD([w.detach().numpy()], lr=0.1)
torch.optim.SGD({w}, lr=0.1)
torch.optim.SGD([w], lr=-0.1)
torch.optim.SGD([w], lr=torch.tensor([0.1, 0.2]))
torch.optim.SGD([w], momentum=-1)
torch.optim.SGD([w], weight_decay=-1)
torch.optim.SGD([w], nesterov=True)
torch.optim.SGD([w, w], lr=0.1).param_groups[0]["params"]
torch.optim.SGD([{"params": [w]}, {"params": [w]}], lr=0.1)
torch.optim.SGD([("w", w), b], lr=0.1)
torch.optim.Adam([w], betas=(1.0, 0.9))
torch.optim.Adam([w], betas=(0.9, -0.1))
torch.optim.Adam([w], betas=(0, 0.9))
torch.optim.Adam([w], eps=-1)
torch.optim.Adam([w], lr=-1)
torch.optim.RMSprop([w], alpha=-1)
torch.optim.RMSprop([w], momentum=-0.5)
optimizer.add_param_group([w])
torch.optim.Optimizer([v], {}).zero_grad()

kept = torch.tensor([1.0], requires_grad=True)
loss = (kept * kept).sum()
loss.backward(retain_graph=True)
torch.optim.Adam([kept]).step()
loss.backward()
