"""The dtype of every two dtypes together."""

import torch

dtypes = [
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.float32,
    torch.float64,
]
for a in dtypes:
    print(a, [str((torch.ones(2, dtype=a) + torch.ones(2, dtype=b)).dtype) for b in dtypes])
for a in dtypes:
    print(a, [str((torch.ones(2, dtype=a) * torch.ones((), dtype=b)).dtype) for b in dtypes])
for a in dtypes:
    print(a, [str((torch.ones((), dtype=a) + torch.ones((), dtype=b)).dtype) for b in dtypes])
for a in dtypes:
    print(a, [str((torch.ones(2, dtype=a) / torch.ones(2, dtype=b)).dtype) for b in dtypes])
for a in dtypes:
    print(a, [str((torch.ones(2, dtype=a) * number).dtype) for number in (True, 2, 2.5)])
for a in dtypes:
    print(a, [str((torch.ones((), dtype=a) + number).dtype) for number in (True, 2, 2.5)])
for a in dtypes:
    print(a, [str((torch.ones(2, dtype=a) / number).dtype) for number in (True, 2, 2.5)])
for a in dtypes:
    print(a, [str((number / torch.ones(2, dtype=a)).dtype) for number in (True, 2, 2.5)])
for a in dtypes:
    print(a, [str((torch.ones(2, dtype=a) ** number).dtype) for number in (2, 2.5)])
for a in dtypes:
    print(a, [str((number ** torch.ones(2, dtype=a)).dtype) for number in (2, 2.5)])
for a in dtypes:
    print(a, torch.ones(2, dtype=a).sum().dtype, torch.ones(2, dtype=a).exp().dtype, (torch.ones(2, dtype=a) > 0).dtype)
