// Owns: the Unix socket on which this process waits for the process that takes over from it.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// The socket passes to the new process with the others: whoever connects next, connects to that one. Only processes of the same user may
/// take over.
/// </summary>
internal sealed partial class HandoverEndpoint : IDisposable
{
    private const int Backlog = 16;

    // Each may hold descriptors and a moment of patience; further ones wait in the queue.
    private const int MostServed = 8;

    private readonly Listener _listener;
    private readonly HandoverTerms _terms;
    private readonly SemaphoreSlim _places = new(MostServed);
    private CancellationTokenSource? _accepting;
    private Successor? _successor;
    private int _isClosed;

    /// <param name="listener">The listening Unix socket.</param>
    /// <param name="terms">What is handed over, and how.</param>
    internal HandoverEndpoint(Listener listener, HandoverTerms terms)
    {
        _listener = listener;
        _terms = terms;
    }

    /// <summary>The socket at the path. Throws <see cref="ServerStartException"/> if it cannot be bound.</summary>
    internal static Listener Bind(string path)
    {
        var unix = new UnixSocket(path) { Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        return UnixBinding.Bind(new Prefix("http", UnixSocket.Scheme, 0, "/") { Unix = unix, AddedFor = "TinyHost:Handover" }, Backlog);
    }

    /// <summary>Begins to accept processes that take over.</summary>
    internal void Start()
    {
        // Processes that connect from now on are told the number of this process.
        _listener.Socket.Listen(Backlog);
        _accepting = new CancellationTokenSource();
        using (ExecutionContext.SuppressFlow())
        {
            _ = RunAsync(_accepting.Token);
        }
    }

    /// <summary>
    /// The host stops, not for a handover. A process that is about to take over does so without this one's consent: the sockets stay as
    /// they are for it.
    /// </summary>
    internal void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        _accepting?.Cancel();
        if (Volatile.Read(ref _successor) is { } successor)
        {
            successor.LeaveSockets();
            _listener.IsShared = true;
        }

        _listener.Dispose();
    }

    public void Dispose()
    {
        Close();
        _accepting?.Dispose();
    }

    private async Task RunAsync(CancellationToken closing)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await _places.WaitAsync(closing).ConfigureAwait(false);
                await AcceptAsync(closing).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
#pragma warning disable CA1031 // Logged, and tried again: the servers go on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogAcceptFailed(_terms.Logger, e.Message);
                await Task.Delay(HandoverChannel.AnswerTime, _terms.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    // Takes over the place, which is free again when the process has been served.
    private async Task AcceptAsync(CancellationToken closing)
    {
        var isAccepted = false;
        try
        {
            var accepted = await _listener.Socket.AcceptAsync(closing).ConfigureAwait(false);
            isAccepted = true;
            _ = ServeAsync(new HandoverChannel(accepted));
        }
        finally
        {
            if (!isAccepted)
            {
                _places.Release();
            }
        }
    }

    private async Task ServeAsync(HandoverChannel channel)
    {
        using (channel)
        {
            try
            {
                if (!channel.IsOfSameUser)
                {
                    LogStranger(_terms.Logger, $"{channel.Peer}");
                    return;
                }

                using var limit = new CancellationTokenSource(HandoverChannel.AnswerTime, _terms.Time);
                if (await channel.ReadAsync(limit.Token).ConfigureAwait(false) != HandoverChannel.Take)
                {
                    return;
                }

                await ServeAsync(new Successor(channel, _listener, _terms), channel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                LogFailed(_terms.Logger, channel.Peer?.ProcessId ?? 0, e.Message);
            }
            finally
            {
                _places.Release();
            }
        }
    }

    private async Task ServeAsync(Successor successor, HandoverChannel channel)
    {
        if (Interlocked.CompareExchange(ref _successor, successor, null) is { } other)
        {
            channel.Send($"{HandoverChannel.Refused}process {other.ProcessId} is taking over already");
            return;
        }

        var isHandedOver = false;
        try
        {
            isHandedOver = await successor.TryHandOverAsync(_accepting!).ConfigureAwait(false);
        }
        finally
        {
            if (!isHandedOver)
            {
                Volatile.Write(ref _successor, null);
                if (_accepting!.IsCancellationRequested && Volatile.Read(in _isClosed) == 0)
                {
                    Start();
                }
            }
        }

        if (isHandedOver && Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _listener.IsShared = true;
            _listener.Dispose();
            _terms.HandedOver();
        }
    }

    [LoggerMessage(83, LogLevel.Warning, "Refusing a handover to a process of another user ({Peer}).")]
    private static partial void LogStranger(ILogger logger, string peer);

    [LoggerMessage(84, LogLevel.Warning, "The handover to process {Process} failed, and this process goes on: {Error}.")]
    private static partial void LogFailed(ILogger logger, int process, string error);

    [LoggerMessage(85, LogLevel.Warning, "Cannot accept processes that take over: {Error}. Trying again in 10 s.")]
    private static partial void LogAcceptFailed(ILogger logger, string error);
}
