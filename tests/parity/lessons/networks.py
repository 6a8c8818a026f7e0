"""Networks trained step by step: a regression, a classification, words, and a frozen part."""

import torch

nn = torch.nn
F = torch.nn.functional

torch.manual_seed(42)
x = torch.linspace(-1, 1, 20).reshape(-1, 1)
y = x**2 + 0.1 * torch.randn(20, 1)
model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(20):
    prediction = model(x)
    loss = F.mse_loss(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {loss.item():.4f}")

loss
model[0].weight
model[2].bias.grad
prediction.grad_fn
prediction.grad_fn.next_functions
loss.grad_fn.next_functions[0][0]
model[0](x[:, 0])

points = torch.randn(30, 2)
labels = (points[:, 0] * points[:, 1] > 0).long()
classifier = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.LayerNorm(16), nn.Dropout(0.25), nn.Linear(16, 2))
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    scores = classifier(points)
    loss = criterion(scores, labels)
    classifier.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(classifier.parameters(), 0.5)
    with torch.no_grad():
        for p in classifier.parameters():
            p -= 0.5 * p.grad
    print(f"{loss.item():.4f} {norm.item():.4f}")

classifier.eval()
with torch.no_grad():
    print(F.softmax(classifier(points[:3]), dim=1))

(classifier(points).argmax(1) == labels).float().mean()
loss.grad_fn, loss.grad_fn.next_functions[0][0], scores.grad_fn
classifier[2].weight.grad
classifier[0].weight.grad

embedding = nn.Embedding(5, 3, padding_idx=0)
embedding.weight
words = torch.tensor([[1, 2, 0], [4, 2, 2]])
embedding(words)
embedding(words).mean(1).sum().backward()
embedding.weight.grad
embedding(words).grad_fn
embedding(torch.tensor([5]))
embedding(torch.tensor([1.0]))

for p in model[0].parameters():
    p.requires_grad = False

model.zero_grad()
model(x).sum().backward()
[p.grad is None for p in model.parameters()]

w = torch.randn(3, 4, requires_grad=True)
b = torch.randn(3, requires_grad=True)
F.linear(torch.ones(2, 4), w, b)
F.linear(torch.ones(2, 4), w)
F.linear(torch.ones(4), w, b)
F.linear(torch.ones(2, 2, 4), w, b).shape
F.linear(torch.ones(2, 3), w, b)
F.linear(torch.ones(2, 4).double(), w, b)
torch.addmm(b, torch.ones(2, 4), w.t())
loss = F.linear(torch.ones(2, 4), w, b).pow(2).sum()
(g,) = torch.autograd.grad(loss, w, create_graph=True)
g.pow(2).sum().backward()
w.grad
b.grad
model(x).pow(2).sum().backward()
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
model[2].weight.grad
nn.utils.clip_grad_value_(model.parameters(), 0.01)
model[2].weight.grad
nn.utils.parameters_to_vector(model.parameters()).shape
F.layer_norm(torch.arange(6.0).reshape(2, 3), (3,))
F.layer_norm(torch.arange(6.0).reshape(2, 3), (2,))
F.normalize(torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True))
F.cosine_similarity(torch.tensor([[1.0, 2.0]], requires_grad=True), torch.tensor([[2.0, 1.0]]))
