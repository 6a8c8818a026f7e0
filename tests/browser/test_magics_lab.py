"""The magics in a real JupyterLab: a cell under them runs as it would alone, and the widget is live below it."""

from playwright.sync_api import expect


def test_a_cell_becomes_a_graph_and_a_stepper(lab):
    name = lab.write(
        "magics.ipynb",
        "%load_ext widgets\nimport minigrad as torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)",
        "%%graph\ny = x * 3\n(y * y).sum()",
        "%%backward\nz = (x * x).sum()\nz.backward()\nprint(x.grad)",
        "%%backward v --gradient x\nprint('so far')\nv = x * 2\n1 / 0",
    )
    notebook = lab.open(name)
    notebook.run_all()
    graph, stepper, broken = (notebook.output(index) for index in (1, 2, 3))
    expect(graph).to_contain_text("tensor(45., grad_fn=<SumBackward0>)")
    expect(graph.get_by_role("group", name="Graph of").first).to_contain_text("4 tensors · 3 operations · 1 leaf")
    expect(stepper).to_contain_text("tensor([2., 4.])")
    walk = stepper.get_by_role("group", name="Backward pass of z").first
    walk.focus()
    walk.press("End")
    expect(walk).to_contain_text("rehearsal")
    raised = [output for output in notebook.cells()[3]["outputs"] if output["output_type"] == "error"]
    assert [output["ename"] for output in raised] == ["ZeroDivisionError"]
    expect(broken).to_contain_text("so far")
    expect(broken).to_contain_text("line 4")
    expect(broken).to_contain_text("----> 4 1 / 0")
    expect(broken).not_to_contain_text("magics.py")


def test_the_explorer_and_an_explanation_answer_to_the_kernel(lab):
    name = lab.write(
        "tracking.ipynb",
        "import minigrad as torch\nfrom widgets import TrackingExplorer, explain\nTrackingExplorer()",
        "x = torch.tensor(3.0, requires_grad=True)\ny = x * x\ny.backward()\nsix = explain(x)\nsix",
        "six",
    )
    notebook = lab.open(name, "dark")
    notebook.run_all()
    notebook.expect_all_ran()
    notebook.output(0).get_by_role("button", name=".data", exact=True).click()
    expect(notebook.output(0)).to_contain_text("b = a.data")
    one, other = notebook.output(1), notebook.output(2)
    one.get_by_role("button", name="second").click()
    expect(other.get_by_role("button", name="second")).to_have_attribute("aria-pressed", "true")
    expect(one).to_contain_text("Why is x.grad 6?")
