"""torch.save and torch.load: a checkpoint, and going on from it as if nothing had happened."""

import io

import torch

file = io.BytesIO()
w = torch.tensor([1.0, 2.0], requires_grad=True)
optimizer = torch.optim.Adam([w], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)


def advance(w, optimizer, scheduler, rounds):
    for _ in range(rounds):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
        scheduler.step()


advance(w, optimizer, scheduler, 3)
checkpoint = {"epoch": 3, "w": w, "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
torch.save(checkpoint, file)
advance(w, optimizer, scheduler, 3)
w, scheduler.get_last_lr()
_ = file.seek(0)
loaded = torch.load(file)
loaded
w2 = loaded["w"]
w2.requires_grad, w2.is_leaf
optimizer2 = torch.optim.Adam([w2], lr=7.0)
scheduler2 = torch.optim.lr_scheduler.StepLR(optimizer2, 2)
optimizer2.load_state_dict(loaded["optimizer"])
scheduler2.load_state_dict(loaded["scheduler"])
optimizer2
advance(w2, optimizer2, scheduler2, 3)
w2, scheduler2.get_last_lr(), (w == w2).tolist()

everything = {
    "numbers": [1, -2.5, float("inf"), True, None],
    "names": ("a", "ä", ""),
    3: {(1, 2): torch.zeros(2, 0), "set": {1, 2}},
    "tensors": [torch.arange(3), torch.tensor(True), torch.ones(2, 2, dtype=torch.float64).T, torch.float16],
    "size": torch.ones(2, 3).shape,
}
file = io.BytesIO()
torch.save(everything, file)
_ = file.seek(0)
torch.load(file, weights_only=True)
same = torch.ones(1)
file = io.BytesIO()
torch.save([same, same], file)
_ = file.seek(0)
a, b = torch.load(file, map_location="cpu")
a is b, a
file = io.BytesIO()
torch.save(torch.ones(2), file)
_ = file.seek(0)
torch.load(file)
torch.save({"a": 1})
torch.save({"a": 1}, 3)
torch.load(3)
torch.load("no/such/file.pt")
