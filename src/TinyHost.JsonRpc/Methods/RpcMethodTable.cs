// Owns: the table of methods by name.

using System.Buffers;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>
/// The methods a server offers. Names are case-sensitive; names that begin with <c>rpc.</c> are reserved (JSON-RPC 2.0 §8).
/// </summary>
internal sealed class RpcMethodTable
{
    private const int Few = 8;
    private const int LongestName = 200;

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    private readonly List<RpcMethod> _methods = [];
    private readonly Dictionary<string, RpcMethod> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RpcMethod>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    private int _longest;

    public RpcMethodTable() => _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The methods in the order in which they were added.</summary>
    public IReadOnlyList<RpcMethod> All => _methods;

    /// <summary>
    /// Adds a method. Throws <see cref="ArgumentException"/> if the name is reserved, already in the table, or has characters other
    /// than letters, digits, <c>.</c>, <c>_</c>, <c>-</c> and <c>/</c>: names become label values.
    /// </summary>
    public void Add(JsonRpcMethodInfo info, JsonRpcMethod function)
    {
        var name = info.Name;
        if (name.Length is 0 or > LongestName || name.AsSpan().ContainsAnyExcept(s_nameCharacters))
        {
            throw new ArgumentException(
                $"'{name}' is not a method name. Use letters, digits, '.', '_', '-' and '/', at most {LongestName}.", nameof(info));
        }

        if (name.StartsWith("rpc.", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The method name '{name}' is reserved: names must not begin with 'rpc.' (JSON-RPC 2.0 §8).", nameof(info));
        }

        if (Find(name) is not null)
        {
            throw new ArgumentException($"There is already a method '{name}'.", nameof(info));
        }

        AddReserved(new RpcMethod(info, function));
    }

    /// <summary>Adds a method of the server itself, whose name is reserved.</summary>
    public void AddReserved(RpcMethod method)
    {
        _methods.Add(method);
        _longest = Math.Max(_longest, method.Name.Length);
        _byName.Add(method.Name, method);
    }

    /// <summary>A table with the same methods, of which those with limits have a gate.</summary>
    public RpcMethodTable WithGates(IDictionary<string, JsonRpcMethodLimits> limits)
    {
        var table = new RpcMethodTable();
        foreach (var method in _methods)
        {
            table.AddReserved(limits.TryGetValue(method.Name, out var limit) && limit.MaxConcurrent > 0
                ? new RpcMethod(method.Info, method.Function, new RpcGate(limit.MaxConcurrent, limit.MaxQueued))
                : method);
        }

        return table;
    }

    /// <summary>Finds the method of this name; null if the table has no such method.</summary>
    public RpcMethod? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Finds the method named by the reader's current string; null if the table has no such method.</summary>
    public RpcMethod? Find(in Utf8JsonReader reader) =>
        _methods.Count > Few && !reader.ValueIsEscaped ? FindUnescaped(reader.ValueSpan) : FindAmongFew(reader);

    // For a handful of methods, comparing all names costs less than decoding and hashing the string.
    private RpcMethod? FindAmongFew(in Utf8JsonReader reader)
    {
        foreach (var method in _methods)
        {
            if (reader.Is(method.NameBytes))
            {
                return method;
            }
        }

        return null;
    }

    private RpcMethod? FindUnescaped(ReadOnlySpan<byte> name)
    {
        if (name.Length > _longest)
        {
            return null;
        }

        Span<char> text = stackalloc char[LongestName];
        for (var i = 0; i < name.Length; i++)
        {
            text[i] = (char)name[i];    // Names are ASCII: other bytes match none.
        }

        return _bySpan.TryGetValue(text[..name.Length], out var found) ? found : null;
    }
}
