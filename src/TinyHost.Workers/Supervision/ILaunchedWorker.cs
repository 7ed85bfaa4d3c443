// Owns: a worker process, as its supervisor sees it.

namespace TinyHost.Workers;

internal interface ILaunchedWorker
{
    int ProcessId { get; }

    /// <summary>True once it accepts connections; false if it ends before. Never fails.</summary>
    Task<bool> Ready { get; }

    /// <summary>Its exit code, once it has ended. Never fails.</summary>
    Task<int> Exited { get; }

    /// <summary>The last line that it has written to standard error; empty for none.</summary>
    string LastError { get; }

    /// <summary>Sends one of <see cref="WorkerOrder"/>. Does nothing if the process has ended.</summary>
    void Order(string order);

    void Kill();
}
