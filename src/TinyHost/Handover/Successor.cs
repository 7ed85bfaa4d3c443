// Owns: handing the listening sockets over to one new process, until it has taken them or has failed.

using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// The new process accepts no connection before it is told that the sockets are its own, so nothing is lost with it. If it fails before
/// it confirms that, this process goes on as if nothing had happened.
/// </summary>
internal sealed partial class Successor(HandoverChannel channel, Listener endpoint, HandoverTerms terms)
{
    private readonly IReadOnlyList<Listener> _offered = terms.Sockets.Kept.Open;

    internal int ProcessId => channel.Peer?.ProcessId ?? 0;

    /// <summary>
    /// True if the process has taken over. Throws <see cref="IOException"/> and <see cref="OperationCanceledException"/> if the handover
    /// failed.
    /// </summary>
    /// <param name="accepting">Cancelled before the endpoint of the handover belongs to the new process.</param>
    internal async Task<bool> TryHandOverAsync(CancellationTokenSource accepting)
    {
        using var deadline = new CancellationTokenSource(terms.Timeout, terms.Time);
        foreach (var listener in _offered)
        {
            channel.Send(PassedSocket.Describe(listener), listener.Socket.SafeHandle);
        }

        channel.Send(HandoverChannel.Endpoint, endpoint.Socket.SafeHandle);
        LogOffered(terms.Logger, ProcessId);
        if (await ReadReadyAsync(deadline.Token).ConfigureAwait(false) is not { } taken)
        {
            return false;
        }

        await accepting.CancelAsync().ConfigureAwait(false);
        taken.ForEach(static listener => listener.IsShared = true);
        terms.Sockets.Kept.IsHandedOver = true;
        var isConfirmed = false;
        try
        {
            using var limit = new CancellationTokenSource(HandoverChannel.AnswerTime, terms.Time);
            channel.Send(HandoverChannel.Yours);
            isConfirmed = await channel.ReadAsync(limit.Token).ConfigureAwait(false) == HandoverChannel.Taken;
        }
        finally
        {
            if (!isConfirmed)
            {
                terms.Sockets.Kept.IsHandedOver = false;
                taken.ForEach(static listener => listener.IsShared = false);
            }
        }

        if (isConfirmed)
        {
            LogHandedOver(terms.Logger, ProcessId);
        }
        else
        {
            LogGone(terms.Logger, ProcessId);
        }

        return isConfirmed;
    }

    /// <summary>This process ends before the new one is ready: the sockets stay as they are for it.</summary>
    internal void LeaveSockets()
    {
        foreach (var listener in _offered)
        {
            listener.IsShared = true;
        }
    }

    /// <summary>The listeners that the new process goes on with, once it is ready; null if it will not be.</summary>
    private async Task<List<Listener>?> ReadReadyAsync(CancellationToken deadline)
    {
        string? line;
        try
        {
            line = await channel.ReadAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogLate(terms.Logger, ProcessId, terms.Timeout.TotalSeconds);
            var seconds = terms.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            channel.Send($"{HandoverChannel.Refused}this process was not ready within {seconds} s (TinyHost:Handover:Timeout)");
            return null;
        }

        if (line is null)
        {
            LogGone(terms.Logger, ProcessId);
            return null;
        }

        var words = line.Split(' ');
        if (words[0] != HandoverChannel.Ready)
        {
            throw new IOException("it sent something else than 'ready'");
        }

        List<Listener> taken = [];
        foreach (var word in words.AsSpan(1))
        {
            taken.Add(int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < _offered.Count
                ? _offered[index]
                : throw new IOException($"it named a socket, '{word}', that was not offered"));
        }

        return taken;
    }

    [LoggerMessage(86, LogLevel.Information, "Process {Process} is starting to take over. This process goes on until that one is ready.")]
    private static partial void LogOffered(ILogger logger, int process);

    [LoggerMessage(87, LogLevel.Information, "Process {Process} has taken over. This process no longer accepts connections, and ends.")]
    private static partial void LogHandedOver(ILogger logger, int process);

    [LoggerMessage(88, LogLevel.Warning, "Process {Process} ended before it was ready to take over. This process goes on.")]
    private static partial void LogGone(ILogger logger, int process);

    [LoggerMessage(89, LogLevel.Warning,
        "Process {Process} was not ready to take over within {Timeout} s (TinyHost:Handover:Timeout). This process goes on.")]
    private static partial void LogLate(ILogger logger, int process, double timeout);
}
