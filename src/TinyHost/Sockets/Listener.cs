// Owns: one bound, listening socket, and which base paths it serves at which of its addresses.

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Prefixes may share a listener. A prefix for one address that shares a wider socket is served at its own address only.</summary>
/// <param name="socket">The socket; null for connections in memory, which have <paramref name="endPoint"/> instead.</param>
/// <param name="file">The file of a Unix socket that this process has bound; null for other sockets.</param>
/// <param name="inherited">Where the socket comes from; null if this process has bound it.</param>
/// <param name="endPoint">What takes the place of the socket's address.</param>
internal sealed class Listener(
    Socket? socket, SocketFile? file = null, InheritedSocket? inherited = null, IPEndPoint? endPoint = null) : IDisposable
{
    private readonly List<Tree> _trees = [];
    private readonly List<string> _names = [];
    private List<string>? _freePortPrefixes;
    private volatile bool _isShared;
    private bool _servesEverything;
    private Prefix? _first;
    private List<Prefix>? _others;

    internal Socket Socket => socket!;

    /// <summary>Whether connections arrive in memory rather than at a socket.</summary>
    internal bool IsInMemory => socket is null;

    // systemd has it, too.
    private bool StaysOpen => inherited is not null || Kept?.StoredAs is not null;

    internal IPEndPoint EndPoint { get; } = endPoint ?? EndPointOf(socket!);

    /// <summary>Where the socket comes from; null if this process has bound it.</summary>
    internal InheritedSocket? Inherited => inherited;

    /// <summary>The socket as one that outlives a process; null if it ends with this one.</summary>
    internal KeptSocket? Kept { get; set; }

    /// <summary>Whether another process of this program accepts from the socket too, or is about to.</summary>
    internal bool IsShared { get => _isShared; set => _isShared = value; }

    /// <summary>The <see cref="Prefix.Key"/> of each of its prefixes with port 0.</summary>
    internal IReadOnlyList<string> FreePortPrefixes => _freePortPrefixes ?? [];

    /// <summary>Whether stages for monitoring answer every request.</summary>
    internal bool IsMonitoring { get; private set; } = true;

    /// <summary>Its end point with the port by which stages know it.</summary>
    internal IPEndPoint StageEndPoint => AsStagesKnow(EndPoint);

    /// <summary>The base paths of its prefixes, without the trailing <c>/</c>.</summary>
    internal IEnumerable<string> BasePaths => _trees.Select(tree => tree.BasePath).Distinct();

    /// <summary>The names of its prefixes.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>The scheme of its prefixes.</summary>
    internal string Scheme => _first!.Scheme;

    /// <summary>What happens to each connection before HTTP, in order; null for nothing.</summary>
    internal ConnectionOpener[]? Openers => _first?.Openers;

    /// <summary>The limits of its prefixes; null for those of the server alone.</summary>
    internal PrefixLimits? OwnLimits => _first?.OwnLimits;

    /// <summary>Throws <see cref="ServerStartException"/> if connections would have to be treated in two ways.</summary>
    internal void Add(Prefix prefix)
    {
        IsMonitoring &= prefix.IsMonitoring;
        if (_first is null)
        {
            _first = prefix;
        }
        else
        {
            ThrowUnlessAlike(_first, prefix);
            (_others ??= []).Add(prefix);
        }

        if (prefix.Name is not null)
        {
            _names.Add(prefix.Name);
        }

        if (prefix is { Port: 0, Unix: null })
        {
            (_freePortPrefixes ??= []).Add(prefix.Key);
        }

        var basePath = prefix.Path.TrimEnd('/');
        if (prefix.IsWildcard || EndPoint is UnixEndPoint || IsInMemory || (inherited is { } passed && !passed.IsAtAddressOf(prefix)))
        {
            Add(null, basePath);
            return;
        }

        foreach (var address in prefix.Addresses)
        {
            Add(address.Equals(EndPoint.Address) ? null : address, basePath);
        }
    }

    /// <summary>As <see cref="PrefixLimits.Derive"/>. Throws <see cref="ServerStartException"/> if its prefixes would differ.</summary>
    internal PrefixLimits.Values? DeriveLimits(ServerLimits server, IReadOnlyDictionary<string, PrefixLimits.Settings>? settings)
    {
        _others?.ForEach(prefix => PrefixLimits.ThrowUnlessSame(_first!, prefix, server, settings));
        return OwnLimits?.Derive(server, settings);
    }

    /// <summary>The base paths without the trailing <c>/</c>, longest first; empty if every path is served.</summary>
    /// <param name="local">The local address of a connection. IPv4 addresses are not mapped to IPv6.</param>
    internal IReadOnlyList<string> BasePathsAt(IPAddress local) => _servesEverything ? [] : FindBasePaths(local);

    /// <summary>A local end point with the port by which stages know it.</summary>
    internal IPEndPoint AsStagesKnow(IPEndPoint local) =>
        _first?.StagePort is { } port ? new IPEndPoint(local.Address, port) : local;

    /// <summary>Where a listening socket listens.</summary>
    internal static IPEndPoint EndPointOf(Socket socket) =>
        socket.LocalEndPoint as IPEndPoint ?? new UnixEndPoint(socket.LocalEndPoint!.ToString()!);

    /// <summary>
    /// Peers can no longer connect; those that wait in the queue are still accepted. A socket that is not this process's alone stays as it
    /// is.
    /// </summary>
    internal void RefuseNew()
    {
        if (StaysOpen || IsShared || IsInMemory)
        {
            return;
        }

        if (file is not null)
        {
            file.Remove();
        }
        else
        {
            ListenerClosing.RefuseNew(Socket);
        }
    }

    /// <summary>Closes the socket. One that outlives the process stays open for the next start.</summary>
    public void Dispose()
    {
        if (StaysOpen)
        {
            inherited?.Release();
            Kept?.Release();
            return;
        }

        if (!IsShared)
        {
            file?.Remove();
        }

        socket?.Dispose();
    }

    // Not inlined, so that servers without base paths do not load LINQ, half a megabyte.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private IReadOnlyList<string> FindBasePaths(IPAddress local)
    {
        var paths = _trees.Where(tree => tree.IsAt(local)).Select(tree => tree.BasePath).ToList();
        return paths.Contains("") ? [] : [.. paths.Distinct().OrderByDescending(path => path.Length)];
    }

    private void ThrowUnlessAlike(Prefix first, Prefix prefix)
    {
        if (prefix.Unix != first.Unix && inherited is null)
        {
            throw new ServerStartException(
                $"Cannot start: the prefixes {first} and {prefix} share a socket, so both need the same Mode, Owner and Group.");
        }

        if (!prefix.OpensLike(first))
        {
            throw new ServerStartException(
                $"Cannot start: the prefixes {first} and {prefix} share a socket, so both need the same scheme, TLS settings and "
                + "ProxyProtocol.");
        }

        PrefixLimits.ThrowUnlessSame(first, prefix, new ServerLimits());
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
