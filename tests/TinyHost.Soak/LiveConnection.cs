// Owns: one connection of the left-behind matrix over a real socket: sending, receiving, checking.

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
    private readonly Failures _failures = new();
    private readonly IReadOnlyList<byte[]> _requests;
    private readonly List<byte> _received = [];
    private readonly TaskCompletionSource _firstBytes = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _wasReset;

    internal LiveConnection(LeftBehindCell cell, int seed, LeftBehindCoverage coverage)
    {
        _cell = cell;
        _seed = seed;
        _steps = new LiveSteps(seed);
        _requests = [.. new LeftBehindMessages(_steps.Next).Requests(cell)];
        Handler = new LeftBehindHandler(cell, _steps, _failures, coverage, _requests.Count);
    }

    internal LeftBehindHandler Handler { get; }

    /// <summary>
    /// Runs until the connection and all work left behind on it have ended. Returns the failures found; null if there are none.
    /// </summary>
    /// <param name="server">The server to connect to.</param>
    /// <param name="onOpen">Called with the local port before anything is sent.</param>
    /// <param name="onClose">Called with the local port before another connection can use it.</param>
    internal async Task<string?> RunAsync(IPEndPoint server, Action<int> onOpen, Action<int> onClose)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        onOpen(port);
        try
        {
            await Task.WhenAll(SendAsync(socket), ReceiveAsync(socket)).WaitAsync(s_limit);
            await WaitForWorkAsync().WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            _failures.Add($"The connection or work left behind on it did not end within {s_limit.TotalSeconds} s.");
        }

        onClose(port);
        CheckReceived();
        return _failures.IsEmpty ? null : $"{_cell}, seed {_seed}:\n{_failures}";
    }

    // Repeats, because work that starts late is known only after it has started.
    private async Task WaitForWorkAsync()
    {
        while (!Handler.IsWorkDone)
        {
            await Handler.WaitForWorkAsync();
        }
    }

    private void CheckReceived()
    {
        string sent;
        lock (_received)
        {
            sent = Encoding.Latin1.GetString([.. _received]);
        }

        if (new ResponseChecker(_cell, Handler.Handled, mayBeCutOff: _wasReset).Check(sent) is { } failure)
        {
            _failures.Add(failure);
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
                    // Wait for the first response, or a random time.
                    await Task.WhenAny(_firstBytes.Task, Task.Delay(_steps.Next(40)));
                }

                var maxLength = 1 + _steps.Next(request.Length);
                for (var at = 0; at < request.Length;)
                {
                    var count = Math.Min(1 + _steps.Next(maxLength), request.Length - at);
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
            // A reset is reported to one operation only: a receive after this one would see an orderly end.
            _wasReset = true;
        }
    }

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

                _firstBytes.TrySetResult();
            }
        }
        catch (SocketException)
        {
            _wasReset = true;
        }
    }
}
