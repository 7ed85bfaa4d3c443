// Owns: taking the listening sockets over from the process that has them.

using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed partial class Predecessor : IDisposable
{
    private readonly HandoverChannel _channel;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<PassedSocket> _passed = [];

    private Predecessor(Socket socket, TimeProvider time, ILogger logger)
    {
        _channel = new HandoverChannel(socket);
        _time = time;
        _logger = logger;
    }

    /// <summary>The sockets of the process, and those that this process was given.</summary>
    internal InheritedSockets Sockets { get; private set; } = new([]);

    /// <summary>Where the next process takes over; null only before <see cref="FindAsync"/> has returned.</summary>
    internal Listener? Endpoint { get; private set; }

    private string Name => $"process {_channel.Peer?.ProcessId}";

    /// <summary>
    /// Connects to the process that offers its sockets at the path, and receives them; null if there is none. Throws
    /// <see cref="ServerStartException"/> if the process refuses, does not answer, or has another user.
    /// </summary>
    internal static async Task<Predecessor?> FindAsync(
        string path, InheritedSockets own, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (!Path.Exists(path))
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Predecessor? predecessor = null;
        var isTaken = false;
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            predecessor = new Predecessor(socket, time, logger);
            isTaken = await predecessor.TryTakeAsync(path, own, cancellationToken).ConfigureAwait(false);
            return isTaken ? predecessor : null;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            // It has ended, and left the file.
            return null;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new ServerStartException($"Cannot take over at {path} (TinyHost:Handover): {e.Message}.", e);
        }
        finally
        {
            if (!isTaken)
            {
                predecessor?.Dispose();
                socket.Dispose();
            }
        }
    }

    /// <summary>
    /// This process is ready to accept connections: the other one ends, and this one accepts. Throws <see cref="ServerStartException"/> if
    /// the other one goes on instead.
    /// </summary>
    internal async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(HandoverChannel.AnswerTime, _time);
        string? answer = null;
        try
        {
            SendReady();
            answer = await _channel.ReadAsync(limit.Token).ConfigureAwait(false);
            if (answer == HandoverChannel.Yours)
            {
                _channel.Send(HandoverChannel.Taken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            throw new ServerStartException($"Cannot take over: {Name} does not answer, and goes on.", e);
        }

        // Without an answer it has ended, and nobody else has the sockets.
        if (answer is not null and not HandoverChannel.Yours)
        {
            throw new ServerStartException($"Cannot take over: {Name} goes on: {Reason(answer)}.");
        }

        foreach (var listener in Sockets.Kept.Open)
        {
            listener.IsShared = false;
        }

        Endpoint!.IsShared = false;
        Sockets.Kept.BeginAccepting();
        if (answer is null)
        {
            LogEnded(_logger, Name);
        }
        else
        {
            LogTaken(_logger, Name);
        }
    }

    public void Dispose() => _channel.Dispose();

    private static string Reason(string answer) => answer.StartsWith(HandoverChannel.Refused, StringComparison.Ordinal)
        ? answer[HandoverChannel.Refused.Length..]
        : $"it sent '{answer}'";

    /// <summary>False if the process has ended.</summary>
    private async Task<bool> TryTakeAsync(string path, InheritedSockets own, CancellationToken cancellationToken)
    {
        if (!_channel.IsOfSameUser)
        {
            throw new IOException($"a process of another user listens there ({_channel.Peer})");
        }

        using var limit = new CancellationTokenSource(HandoverChannel.AnswerTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            _channel.Send(HandoverChannel.Take);
            string? line;
            while ((line = await _channel.ReadAsync(either.Token).ConfigureAwait(false)) != HandoverChannel.Endpoint)
            {
                if (line is null)
                {
                    CloseAll();
                    return false;
                }

                _passed.Add(line.StartsWith(HandoverChannel.Refused, StringComparison.Ordinal)
                    ? throw new IOException(Reason(line))
                    : PassedSocket.Read(line, _channel.TakeDescriptor(), Name));
            }

            var endpoint = UnixListenAddress.Open(_channel.TakeDescriptor());
            Endpoint = new KeptSocket(endpoint, Name, []).Listen(SocketFile.OfBound(path));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            CloseAll();
            throw new IOException($"{Name} does not answer", e);
        }
        catch
        {
            CloseAll();
            throw;
        }

        Sockets = own.ForHost(FromSystemd(own));
        Sockets.Kept.HoldAccepting();
        foreach (var passed in _passed)
        {
            if (passed.Kept is { } kept)
            {
                Sockets.Kept.Add(kept);
            }
        }

        LogReceived(_logger, Name, _passed.Count);
        return true;
    }

    // A process of the same unit has them from systemd, too.
    private IEnumerable<InheritedSocket> FromSystemd(InheritedSockets own) => _passed
        .Select(passed => passed.Inherited)
        .OfType<InheritedSocket>()
        .Where(inherited => !own.Sockets.Any(socket => inherited.EndPoint?.Equals(socket.EndPoint) == true));

    private void SendReady()
    {
        var line = new System.Text.StringBuilder(HandoverChannel.Ready);
        for (var i = 0; i < _passed.Count; i++)
        {
            if (_passed[i].IsTaken)
            {
                line.Append(CultureInfo.InvariantCulture, $" {i}");
            }
        }

        try
        {
            _channel.Send(line.ToString());
        }
        catch (IOException)
        {
            // It has closed the connection. What it sent before tells why.
        }
    }

    private void CloseAll() => _passed.ForEach(passed => (passed.Kept?.Socket ?? passed.Inherited!.Socket).Dispose());

    [LoggerMessage(90, LogLevel.Information,
        "Taking over from {Name}: it has passed {Count} listening sockets, and goes on until this process is ready.")]
    private static partial void LogReceived(ILogger logger, string name, int count);

    [LoggerMessage(91, LogLevel.Information, "Took over from {Name}, which no longer accepts connections.")]
    private static partial void LogTaken(ILogger logger, string name);

    [LoggerMessage(92, LogLevel.Warning, "Took over from {Name}, which ended before this process was ready.")]
    private static partial void LogEnded(ILogger logger, string name);
}
