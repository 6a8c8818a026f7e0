"""torch.optim.lr_scheduler: steps, decay, formulas, resuming, the order of the two steps."""

import torch


def rates(make, rounds=7, lr=0.5):
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr)
    scheduler = make(optimizer)
    seen = []
    for _ in range(rounds):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
        scheduler.step()
        seen.append(round(scheduler.get_last_lr()[0], 6))
    return seen, w, scheduler.last_epoch


rates(lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=2))
rates(lambda o: torch.optim.lr_scheduler.StepLR(o, 3, gamma=0.5))
rates(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9))
rates(lambda o: torch.optim.lr_scheduler.LambdaLR(o, lr_lambda=lambda epoch: 1 / (1 + epoch)))
rates(lambda o: torch.optim.lr_scheduler.LambdaLR(o, [lambda epoch: 0.95**epoch]))

w = torch.ones(2, requires_grad=True)
v = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([{"params": [w]}, {"params": [v], "lr": 1.0}], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)
optimizer
scheduler.get_last_lr(), scheduler.base_lrs, scheduler.last_epoch
optimizer.step()
scheduler.step()
[group["lr"] for group in optimizer.param_groups], [group["initial_lr"] for group in optimizer.param_groups]
scheduler.state_dict()
scheduler.get_lr()
other = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([w], lr=0.1), step_size=5)
other.step()
other.load_state_dict(scheduler.state_dict())
other.last_epoch, other.step_size, other.get_last_lr()
two = torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda epoch: 0.5**epoch, lambda epoch: epoch])
two.get_last_lr(), two.state_dict()
optimizer.step()
two.step()
two.get_last_lr()

warm = torch.optim.SGD([w], lr=torch.tensor(0.5))
steps = torch.optim.lr_scheduler.ExponentialLR(warm, gamma=0.5)
warm.step()
steps.step()
warm.param_groups[0]["lr"], steps.get_last_lr()

torch.optim.lr_scheduler.StepLR(w, 2)
torch.optim.lr_scheduler.StepLR(optimizer)
torch.optim.lr_scheduler.StepLR(torch.optim.SGD([w], lr=0.1), 2, last_epoch=3)
torch.optim.lr_scheduler.LambdaLR(optimizer, [len])
