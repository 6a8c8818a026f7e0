"""Which numbers a tensor holds, how it is cast, and which casts keep the gradient."""

import torch

x = torch.tensor([1.7, -2.2, 0.0], requires_grad=True)
print(x.dtype, x.type(), x.is_floating_point())
print(x.double(), x.half(), x.long(), x.int(), x.bool())
print(x.to(torch.float64), x.to("cpu") is x, x.float() is x, x.cpu() is x)
print(x.to("cpu", torch.float64).grad_fn)
print(x.to(torch.int64).requires_grad)
print(x.type(torch.float64))
print(x.type("torch.DoubleTensor").dtype)
print(x.type_as(torch.tensor([1], dtype=torch.int32)))
x.double().sum().backward()
print(x.grad)
x.long().sum().backward()
print(x.to("cuda"))
i = torch.tensor([1, 2, 3])
print(i / 2, i // 2, i * 2, i * 2.0, i + True, i**2, -i)
print((i / 2).dtype, (i * 1.5).dtype, (i > 1).dtype)
print(
    torch.result_type(i, 1.5),
    torch.promote_types(torch.int32, torch.float16),
    torch.can_cast(torch.float32, torch.int64),
)
print(i.exp(), i.sigmoid(), i.clamp(max=2), i.clamp(min=1.5), i.abs(), i.sign(), i.round(), i.float().mean())
i += 0.5
print(i.add_(1))
b = torch.tensor([True, False, True])
print(b + b, b * 2, b.sum(), b.float(), ~b, b & ~b, b | ~b, b ^ b)
print(-b)
print(b - b)
print(1 - b)
print(b.long() - 1)
print((x > 0) & (x < 2))
print(x & x)
print(x.float().double().half())
print(torch.tensor([300]).byte(), torch.tensor([-1.9, 1.9]).int())
print(torch.where(x > 0, 1, 0), torch.where(x > 0, 1.0, 0.0).dtype)
print(5 // i, 5 % i, i % 2)
