// Owns: the end points of a running server by the names of its prefixes.

using System.Net;

namespace TinyHost;

/// <summary>Names compare without regard to case, like the keys of a configuration.</summary>
internal sealed class NamedEndPoints(IReadOnlyList<Listener> listeners)
{
    /// <summary>Whether a name is among these. Without LINQ, which would allocate: stages ask for each request.</summary>
    internal static bool HasName(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first end point of the prefix with this name; null if there is none.</summary>
    internal IPEndPoint? Find(string name) =>
        listeners.FirstOrDefault(listener => HasName(listener.Names, name))?.EndPoint;

    /// <summary>Throws <see cref="ServerStartException"/> if no prefix has the name, which a stage serves.</summary>
    internal void ThrowUnlessKnown(string name)
    {
        if (Find(name) is null)
        {
            throw new ServerStartException($"Cannot start: a stage of the chain serves the prefix '{name}', but {Missing(name)}");
        }
    }

    /// <summary>Why the name is unknown: the end of a sentence.</summary>
    internal string Missing(string name)
    {
        var known = listeners.SelectMany(listener => listener.Names).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return known.Count == 0
            ? $"no prefix has a name; name one, such as {name}=http://127.0.0.1:8080/ (TinyHost:Prefixes:{name})."
            : $"no prefix has that name; the names are: {string.Join(", ", known)}.";
    }
}
