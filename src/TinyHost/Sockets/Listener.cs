// Owns: one bound, listening socket, and which base paths it serves at which of its addresses.

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Prefixes may share a listener. A prefix for one address that shares a wider socket is served at its own address only.</summary>
internal sealed class Listener(Socket socket) : IDisposable
{
    private readonly List<Tree> _trees = [];
    private readonly List<string> _names = [];
    private bool _servesEverything;
    private Prefix? _first;

    internal Socket Socket => socket;

    internal IPEndPoint EndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

    /// <summary>The names of its prefixes.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>What happens to each connection before HTTP, in order; null for nothing.</summary>
    internal ConnectionOpener[]? Openers => _first?.Openers;

    /// <summary>Throws <see cref="ServerStartException"/> if connections would have to be opened in two ways.</summary>
    internal void Add(Prefix prefix)
    {
        _first ??= prefix;
        if (!prefix.OpensLike(_first))
        {
            throw new ServerStartException(
                $"Cannot start: the prefixes {_first} and {prefix} share a socket, so both need the same ProxyProtocol.");
        }

        if (prefix.Name is not null)
        {
            _names.Add(prefix.Name);
        }

        var basePath = prefix.Path.TrimEnd('/');
        if (prefix.IsWildcard)
        {
            Add(null, basePath);
        }

        foreach (var address in prefix.Addresses)
        {
            Add(address.Equals(EndPoint.Address) ? null : address, basePath);
        }
    }

    /// <summary>The base paths without the trailing <c>/</c>, longest first; empty if every path is served.</summary>
    /// <param name="local">The local address of a connection. IPv4 addresses are not mapped to IPv6.</param>
    internal IReadOnlyList<string> BasePathsAt(IPAddress local) => _servesEverything ? [] : FindBasePaths(local);

    public void Dispose() => socket.Dispose();

    // Not inlined, so that servers without base paths do not load LINQ, half a megabyte.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private IReadOnlyList<string> FindBasePaths(IPAddress local)
    {
        var paths = _trees.Where(tree => tree.IsAt(local)).Select(tree => tree.BasePath).ToList();
        return paths.Contains("") ? [] : [.. paths.Distinct().OrderByDescending(path => path.Length)];
    }

    private void Add(IPAddress? address, string basePath)
    {
        _trees.Add(new Tree(address, basePath));
        _servesEverything |= address is null && basePath.Length == 0;
    }

    /// <param name="Address">The address it is served at; null for every address of the socket.</param>
    /// <param name="BasePath">Without the trailing <c>/</c>.</param>
    private sealed record Tree(IPAddress? Address, string BasePath)
    {
        internal bool IsAt(IPAddress local) =>
            Address is null
            || Address.Equals(local)
            // The IPv4 wildcard on a socket for both address families.
            || (Address.Equals(IPAddress.Any) && local.AddressFamily == AddressFamily.InterNetwork);
    }
}
