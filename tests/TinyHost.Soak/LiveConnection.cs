// Owns: one connection of the live left-behind matrix: a peer that sends its requests in random pieces while it reads, and the judgement on what
// it received.
// Does not own: the handlers (LeftBehindHandler).

using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Tests.LeftBehindMatrix;

namespace TinyHost.Soak;

internal sealed class LiveConnection
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly LeftBehindCell _cell;
    private readonly int _seed;
    private readonly Steps _steps;
    private readonly Faults _faults = new();
    private readonly List<byte[]> _requests = [];
    private readonly List<byte> _received = [];
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _wasReset;

    internal LiveConnection(LeftBehindCell cell, int seed, LeftBehindCoverage coverage)
    {
        _cell = cell;
        _seed = seed;
        _steps = new LiveSteps(seed);
        var messages = new LeftBehindMessages(_steps.Next);
        var count = cell.Upgrades ? 1 + _steps.Next(2) : 3;
        for (var i = 0; i < count; i++)
        {
            _requests.Add(cell.Upgrades && i == count - 1
                ? messages.Upgrade(i, cell)
                : messages.Post(i, cell, isLast: cell.Connection == LeftBehindConnection.Close && i == 0 && !cell.Upgrades));
        }

        Handler = new LeftBehindHandler(cell, _steps, _faults, coverage, count);
    }

    internal LeftBehindHandler Handler { get; }

    /// <summary>Ends when the connection and all work that was left behind have. Returns what was found wrong; null for nothing.</summary>
    /// <param name="server">Where to connect.</param>
    /// <param name="announce">Told of the connection's own port before anything is sent.</param>
    /// <param name="forget">Told of it before another connection can have the port.</param>
    internal async Task<string?> RunAsync(IPEndPoint server, Action<int> announce, Action<int> forget)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        announce(port);
        try
        {
            await Task.WhenAll(SendAsync(socket), ReceiveAsync(socket)).WaitAsync(s_limit);
            await RestAsync().WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            _faults.Add($"The connection or what was left behind on it goes on after {s_limit.TotalSeconds} s.");
        }

        forget(port);
        Judge();
        return _faults.IsEmpty ? null : $"{_cell}, seed {_seed}:\n{_faults}";
    }

    // Work that begins late is known only once it has begun.
    private async Task RestAsync()
    {
        while (!Handler.IsAtRest)
        {
            await Handler.WorkAsync();
        }
    }

    private void Judge()
    {
        string sent;
        lock (_received)
        {
            sent = Encoding.Latin1.GetString([.. _received]);
        }

        if (new WireJudge(_cell, Handler.Handled, mayBeCutOff: _wasReset).Judge(sent) is { } complaint)
        {
            _faults.Add(complaint);
        }
    }

    private async Task SendAsync(Socket socket)
    {
        try
        {
            foreach (var (index, request) in _requests.Index())
            {
                if (index > 0 && _cell.Connection == LeftBehindConnection.Persistent)
                {
                    await ArrivedAsync();
                }

                var most = 1 + _steps.Next(request.Length);
                for (var at = 0; at < request.Length;)
                {
                    var count = Math.Min(1 + _steps.Next(most), request.Length - at);
                    await socket.SendAsync(request.AsMemory(at, count));
                    at += count;
                    if (_steps.OneIn(2))
                    {
                        await _steps.Step();
                    }
                }
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The first operation to meet a reset takes it: a receive would see an end then.
            _wasReset = true;
        }
    }

    // Something has arrived, or will not for a while.
    private async Task ArrivedAsync() => await Task.WhenAny(_arrived.Task, Task.Delay(_steps.Next(40)));

    private async Task ReceiveAsync(Socket socket)
    {
        var buffer = new byte[16_384];
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
            {
                lock (_received)
                {
                    _received.AddRange(buffer.AsSpan(0, count));
                }

                _arrived.TrySetResult();
            }
        }
        catch (SocketException)
        {
            _wasReset = true;
        }
    }
}
