"""A classifier as PyTorch's tutorials write it: model, loader, optimizer, schedule, checkpoint."""

import io

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print(device, torch.backends.mps.is_available())


class Net(nn.Module):
    """Two layers."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 16)
        self.fc2 = nn.Linear(16, 3)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


model = Net().to(device)
print(model, sum(p.numel() for p in model.parameters()))
x = torch.randn(80, 4)
y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
train, test = random_split(TensorDataset(x, y), [64, 16])
loader = DataLoader(train, batch_size=16, shuffle=True)
optimizer = optim.Adam(model.parameters(), lr=0.02)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
for epoch in range(8):
    model.train()
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(f"epoch {epoch}: loss {loss.item():.3f}, lr {scheduler.get_last_lr()[0]}")

model.eval()
with torch.no_grad():
    correct = 0
    for inputs, labels in DataLoader(test, batch_size=8):
        correct += (model(inputs).argmax(dim=1) == labels).sum().item()
print(f"{correct} of {len(test)} right")

file = io.BytesIO()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
_ = file.seek(0)
checkpoint = torch.load(file, weights_only=True)
again = Net()
print(again.load_state_dict(checkpoint["model"]))
print((again(x) == model(x)).all(), list(checkpoint["optimizer"]["state"]))
print(again.fc1.weight.device, again.fc2.bias)
again(x[:, :3])
