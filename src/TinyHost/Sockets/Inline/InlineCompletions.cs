// Owns: having the runtime run what follows a socket operation on the very thread that saw it end, and knowing whether it does.
// Does not own: what a handler that blocks such a thread brings about (SocketOperation counts, Connection tells).

using System.Net.Sockets;

namespace TinyHost;

/// <summary>A setting of the process: the runtime reads it once, when the first socket operation has to wait.</summary>
internal static class InlineCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Asks for it, and tells whether that has an effect. Throws <see cref="SocketException"/> when that cannot be seen, for want of a loopback
    /// interface: then the runtime may have yet to read what it is asked.
    /// </summary>
    internal static async Task<bool> TryTurnOnAsync(TimeProvider time)
    {
        var before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, "1");
        var areInEffect = await AreInEffectAsync(time).ConfigureAwait(false);
        // The runtime has read it; programs that this one starts are not to.
        Environment.SetEnvironmentVariable(Variable, before);
        return areInEffect;
    }

    private static async Task<bool> AreInEffectAsync(TimeProvider time)
    {
        var onPool = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var datagram = new LoopbackDatagram(isPool => onPool.TrySetResult(isPool));
        datagram.TrySend();
        try
        {
            return !await onPool.Task.WaitAsync(s_patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
