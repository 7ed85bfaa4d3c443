// Owns: handlers that block threads of the pool until they are told to go on, and the pool's minimum of threads.
// Does not own: what the server does about that.

using System.Globalization;

namespace TinyHost.EndToEnd.Daemon;

internal sealed class PoolThreadHandlers : IDisposable
{
    private readonly EventWaitHandle _released = new(false, EventResetMode.ManualReset);

    /// <summary>Blocks its thread until <see cref="ReleaseAsync"/> is called.</summary>
    public Task HoldAsync(RequestContext context)
    {
        // A wait that the runtime does not make up for, other than that for a task.
        _released.WaitOne();
        return context.Response.WriteTextAsync("released");
    }

    /// <summary>The same after an await: the server does not know of the thread.</summary>
    public async Task HoldAfterAwaitAsync(RequestContext context)
    {
        await Task.Yield();
        await HoldAsync(context);
    }

    /// <summary>Lets what blocks go on, and what comes later pass.</summary>
    public Task ReleaseAsync(RequestContext context)
    {
        _released.Set();
        return Task.CompletedTask;
    }

    /// <summary>Answers with how many threads the pool makes without delay.</summary>
    public static Task ShowMinimumAsync(RequestContext context)
    {
        ThreadPool.GetMinThreads(out var threads, out _);
        return context.Response.WriteTextAsync(threads.ToString(CultureInfo.InvariantCulture));
    }

    public void Dispose() => _released.Dispose();
}
