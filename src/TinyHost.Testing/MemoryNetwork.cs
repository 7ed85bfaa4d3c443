// Owns: what a test's servers listen on in place of ports, and connecting to it.

using System.Net;
using System.Net.Sockets;

namespace TinyHost.Testing;

/// <summary>One for each <see cref="TestServer"/>, so that tests which run at once stay apart.</summary>
internal sealed class MemoryNetwork(TimeProvider time) : IMemoryNetwork
{
    private const int FirstFreePort = 49_152;

    private static readonly AsyncLocal<MemoryNetwork?> s_current = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Listener> _listeners = [];
    private readonly Dictionary<Listener, Action<Transport, Listener>> _open = [];
    private readonly List<MemoryTransport> _transports = [];
    private readonly List<(string? Name, Uri Address)> _prefixes = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimeProvider Time => time;

    /// <summary>Whether the caller is a handler of this network's servers, or work that one started.</summary>
    internal bool IsCurrent => s_current.Value == this;

    /// <summary>What the caller does from now on, and what it starts, counts as work of this network's servers.</summary>
    internal void Enter() => s_current.Value = this;

    public List<Listener> Listen(Prefix[] prefixes)
    {
        lock (_lock)
        {
            List<Listener> listeners = [];
            var ports = new int[prefixes.Length];
            // A port 0 must not take a port that another prefix names.
            foreach (var i in Enumerable.Range(0, prefixes.Length).OrderBy(i => prefixes[i].Port == 0))
            {
                ports[i] = PortOf(prefixes[i], listeners);
            }

            foreach (var (prefix, port) in prefixes.Zip(ports))
            {
                // TLS and PROXY headers belong to sockets.
                _listeners[port].Add(prefix with { Openers = null });
                _prefixes.Add((prefix.Name, new Uri($"http://localhost:{port}{prefix.Path}")));
            }

            return listeners;
        }
    }

    public Action OpenAction(IReadOnlyList<Listener> listeners, Action<Transport, Listener> admit) => () =>
    {
        lock (_lock)
        {
            foreach (var listener in listeners)
            {
                _open[listener] = admit;
            }
        }
    };

    public Action CloseAction(IReadOnlyList<Listener> listeners) => () =>
    {
        lock (_lock)
        {
            foreach (var listener in listeners)
            {
                _open.Remove(listener);
            }
        }
    };

    /// <summary>The address of the first prefix. Throws <see cref="InvalidOperationException"/> if no server has started.</summary>
    internal Uri AddressOfApp() => FindAddress(_ => true) ?? throw new InvalidOperationException("No server of the test has started.");

    /// <summary>The address of the prefix with this name. Throws <see cref="ArgumentException"/> if there is none.</summary>
    internal Uri AddressOf(string name) =>
        FindAddress(prefix => string.Equals(prefix.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"'{name}' is not the name of a prefix. {Known()}", nameof(name));

    /// <summary>The address of the port. Throws <see cref="ArgumentException"/> if no prefix has it.</summary>
    internal Uri AddressOf(int port) =>
        FindAddress(prefix => prefix.Address.Port == port)
        ?? throw new ArgumentException($"No prefix has the port {port}. {Known()}", nameof(port));

    /// <summary>Connects, or throws what a port that nobody listens on leads to.</summary>
    internal Stream Connect(int port)
    {
        var transport = new MemoryTransport(Change);
        lock (_lock)
        {
            if (!_listeners.TryGetValue(port, out var listener) || !_open.TryGetValue(listener, out var admit))
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            _transports.RemoveAll(other => other.IsDisposed);
            _transports.Add(transport);
            // Outside the caller's context, as a connection from another process would be.
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                Enter();
                admit(transport, listener);
            }, null);
        }

        return new ClientStream(transport);
    }

    /// <summary>Ends when every connection is closed or waits for its next request.</summary>
    internal async Task IdleAsync(CancellationToken cancellationToken)
    {
        for (; ; )
        {
            Task changed;
            lock (_lock)
            {
                if (_transports.TrueForAll(transport => transport.IsIdle))
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Change()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>The port of a prefix, or the number that clients use in place of a Unix socket's, with a listener.</summary>
    private int PortOf(Prefix prefix, List<Listener> own)
    {
        var endPoint = prefix.Unix is { } unix ? new UnixEndPoint(unix.Path) : new IPEndPoint(IPAddress.Loopback, prefix.Port);
        var (port, taken) = prefix.Port != 0 || prefix.Unix is not null
            ? _listeners.FirstOrDefault(pair => pair.Value.EndPoint.Equals(endPoint))
            : default;
        if (taken is not null && own.Contains(taken))
        {
            return port;
        }

        // A server that starts again gets its port back.
        if (taken is not null && _open.ContainsKey(taken))
        {
            throw new ServerStartException($"Cannot listen on {prefix}: another server of the test does.");
        }

        port = taken is not null ? port : prefix.Port != 0 ? prefix.Port : Enumerable.Range(FirstFreePort, int.MaxValue - FirstFreePort)
            .First(free => !_listeners.ContainsKey(free));
        own.Add(_listeners[port] = new Listener(null, endPoint: prefix.Unix is null ? new IPEndPoint(IPAddress.Loopback, port) : endPoint));
        return port;
    }

    private Uri? FindAddress(Func<(string? Name, Uri Address), bool> isIt)
    {
        lock (_lock)
        {
            return _prefixes.FirstOrDefault(isIt).Address;
        }
    }

    private string Known()
    {
        lock (_lock)
        {
            var known = _prefixes.Select(prefix => prefix.Name is null ? $"{prefix.Address}" : $"{prefix.Name} ({prefix.Address})");
            return $"The prefixes are: {string.Join(", ", known)}.";
        }
    }
}
