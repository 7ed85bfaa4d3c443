// Owns: handlers that block thread pool threads until they are released, and the pool's minimum.

using System.Globalization;

namespace TinyHost.EndToEnd.Daemon;

internal sealed class PoolThreadHandlers : IDisposable
{
    private readonly EventWaitHandle _released = new(false, EventResetMode.ManualReset);

    /// <summary>Blocks its thread until <see cref="ReleaseAsync"/> is called.</summary>
    public Task HoldAsync(RequestContext context)
    {
        // The runtime does not add a thread to make up for this wait, as it would for a blocking wait on a task.
        _released.WaitOne();
        return context.Response.WriteTextAsync("released");
    }

    /// <summary>Blocks after an await, on a thread that the server does not know.</summary>
    public async Task HoldAfterAwaitAsync(RequestContext context)
    {
        await Task.Yield();
        await HoldAsync(context);
    }

    /// <summary>Unblocks the handlers, now and in future.</summary>
    public Task ReleaseAsync(RequestContext context)
    {
        _released.Set();
        return Task.CompletedTask;
    }

    /// <summary>Responds with the number of threads the pool creates without delay.</summary>
    public static Task GetMinimumAsync(RequestContext context)
    {
        ThreadPool.GetMinThreads(out var threads, out _);
        return context.Response.WriteTextAsync(threads.ToString(CultureInfo.InvariantCulture));
    }

    public void Dispose() => _released.Dispose();
}
