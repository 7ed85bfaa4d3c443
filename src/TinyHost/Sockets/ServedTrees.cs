// Owns: which base paths a listening socket serves at which of its local addresses.
// Does not own: the socket (Listener), or taking the base path off a request's path (Request).

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>The prefixes that share one socket. A prefix for some addresses that shares a wider socket is still for those addresses alone.</summary>
/// <param name="bound">The address the socket is bound to.</param>
internal sealed class ServedTrees(IPAddress bound)
{
    private readonly List<Tree> _trees = [];
    private bool _wholeTree;

    internal void Add(Prefix prefix)
    {
        var basePath = prefix.Path.TrimEnd('/');
        if (prefix.IsWildcard)
        {
            Add(null, basePath);
        }

        foreach (var address in prefix.Addresses)
        {
            Add(address.Equals(bound) ? null : address, basePath);
        }
    }

    /// <summary>The base paths without the trailing <c>/</c>, longest first; empty when the whole tree is served.</summary>
    /// <param name="local">The local address of a connection; IPv4 addresses in their own form.</param>
    internal IReadOnlyList<string> At(IPAddress local) => _wholeTree ? [] : Find(local);

    // By itself, so that compiling an accept does not load LINQ, half a megabyte, where the whole tree is served.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private IReadOnlyList<string> Find(IPAddress local)
    {
        var paths = _trees.Where(tree => tree.IsAt(local)).Select(tree => tree.BasePath).ToList();
        return paths.Contains("") ? [] : [.. paths.Distinct().OrderByDescending(path => path.Length)];
    }

    private void Add(IPAddress? address, string basePath)
    {
        _trees.Add(new Tree(address, basePath));
        _wholeTree |= address is null && basePath.Length == 0;
    }

    /// <param name="Address">Where it is served: null for every address of the socket. The prefix that made the socket bind has one such tree.</param>
    /// <param name="BasePath">Without the trailing <c>/</c>.</param>
    private sealed record Tree(IPAddress? Address, string BasePath)
    {
        internal bool IsAt(IPAddress local) =>
            Address is null
            || Address.Equals(local)
            // The IPv4 wildcard on a socket for both families.
            || (Address.Equals(IPAddress.Any) && local.AddressFamily == AddressFamily.InterNetwork);
    }
}
