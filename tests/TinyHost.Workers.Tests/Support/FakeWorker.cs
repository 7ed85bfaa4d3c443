// Owns: a worker without a process, whose life the test decides.

namespace TinyHost.Workers.Tests.Support;

internal sealed class FakeWorker(int number, int processId) : ILaunchedWorker
{
    private readonly TaskCompletionSource<bool> _ready = new();
    private readonly TaskCompletionSource<int> _exited = new();

    public int ProcessId => processId;

    public Task<bool> Ready => _ready.Task;

    public Task<int> Exited => _exited.Task;

    public string LastError => "";

    internal int Number => number;

    internal List<string> Orders { get; } = [];

    internal bool IsKilled { get; private set; }

    /// <summary>Whether the worker ends as soon as it is told to.</summary>
    internal bool Obeys { get; set; } = true;

    public void Order(string order)
    {
        Orders.Add(order);
        if (Obeys && order is WorkerOrder.Stop or WorkerOrder.Leave)
        {
            End(0);
        }
    }

    public void Kill()
    {
        IsKilled = true;
        End(137);
    }

    internal void BecomeReady() => _ready.TrySetResult(true);

    internal void End(int code)
    {
        _exited.TrySetResult(code);
        _ready.TrySetResult(false);
    }
}
