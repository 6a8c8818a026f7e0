"""torch.utils.data: datasets, batches in order and shuffled, splits, a training loop over batches."""

import torch

x = torch.arange(10.0).reshape(10, 1)
y = torch.arange(10)
data = torch.utils.data.TensorDataset(x, y)
len(data), data[3], data[-1], data[2:4]
loader = torch.utils.data.DataLoader(data, batch_size=4)
len(loader), loader.batch_size, loader.dataset is data
for batch_x, batch_y in loader:
    print(batch_x.shape, batch_y)
next(iter(loader))
type(next(iter(loader))).__name__
[len(batch[0]) for batch in torch.utils.data.DataLoader(data, batch_size=4, drop_last=True)]
torch.manual_seed(0)
shuffled = torch.utils.data.DataLoader(data, batch_size=3, shuffle=True)
[labels for _, labels in shuffled]
[labels for _, labels in shuffled]
torch.rand(2)
for batch in shuffled:
    print(torch.rand(1), batch[1])
    break
torch.rand(2)
own_stream = torch.utils.data.DataLoader(data, batch_size=5, shuffle=True, generator=torch.Generator().manual_seed(3))
[labels for _, labels in own_stream], torch.rand(1)
torch.manual_seed(1)
train, test = torch.utils.data.random_split(data, [7, 3])
len(train), len(test), train.indices, test[0]
train, test = torch.utils.data.random_split(data, [0.75, 0.25], generator=torch.Generator().manual_seed(42))
train.indices, test.indices, train.dataset is data
list(torch.utils.data.DataLoader(test, batch_size=2))
torch.utils.data.random_split(data, [5, 4])
torch.utils.data.random_split(data, [1.5, -0.5])


class Squares(torch.utils.data.Dataset):
    """Numbers and their squares, made as they are asked for."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return {"number": index, "square": torch.tensor(float(index * index)), "name": f"no. {index}"}


squares = Squares(5)
squares[2]
list(torch.utils.data.DataLoader(squares, batch_size=2))
both = squares + Squares(2)
len(both), both[5]["number"], both[-1]["number"]
torch.utils.data.Subset(squares, [4, 0])[0]
list(torch.utils.data.DataLoader([1, 2.5, True], batch_size=1))
list(torch.utils.data.DataLoader([(1, 2.0), (3, 4.0)], batch_size=2))
list(torch.utils.data.DataLoader([[1, [2, 3]], [4, [5, 6]]], batch_size=2))
list(torch.utils.data.DataLoader(["a", "b", "c"], batch_size=2))
list(torch.utils.data.DataLoader([1, 2, 3], batch_size=None))
list(torch.utils.data.DataLoader(range(6), batch_size=4, num_workers=0))
list(torch.utils.data.DataLoader([3, 1, 2], batch_size=2, collate_fn=sorted))
list(torch.utils.data.DataLoader(range(6), batch_sampler=[[0, 5], [1]]))
list(torch.utils.data.DataLoader(range(6), sampler=[5, 3], batch_size=2))
w = torch.ones(3, requires_grad=True)
next(iter(torch.utils.data.DataLoader(torch.utils.data.TensorDataset(w * 2), batch_size=2)))

torch.manual_seed(0)
inputs = torch.randn(20, 2)
targets = inputs @ torch.tensor([2.0, -1.0])
w = torch.zeros(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, targets), batch_size=8, shuffle=True)
for epoch in range(4):
    total = 0.0
    for a, b in batches:
        loss = ((a @ w - b) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(a)
    print(epoch, round(total / len(inputs), 4), w)

torch.utils.data.TensorDataset(torch.ones(3), torch.ones(2))
data[10]
torch.utils.data.DataLoader(data, batch_size=0)
torch.utils.data.DataLoader(data, batch_size=2.5)
torch.utils.data.DataLoader(data, num_workers=-1)
torch.utils.data.DataLoader([], shuffle=True)
list(torch.utils.data.DataLoader([]))
torch.utils.data.DataLoader(data, shuffle=True, sampler=[1])
torch.utils.data.DataLoader(data, batch_size=None, drop_last=True)
torch.utils.data.DataLoader(data, batch_size=4, batch_sampler=[[1]])
list(torch.utils.data.DataLoader([torch.ones(2), torch.ones(3)], batch_size=2))
list(torch.utils.data.DataLoader([(1, 2), (3,)], batch_size=2))
list(torch.utils.data.DataLoader([None, None]))
torch.utils.data.Dataset()[0]
len(torch.utils.data.Dataset())
