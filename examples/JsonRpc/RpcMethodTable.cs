// Owns: the table of methods by name.

using System.Buffers;
using System.Text;
using System.Text.Json;

namespace JsonRpc;

/// <summary>
/// The methods a server offers. Names are case-sensitive; names that begin with <c>rpc.</c> are reserved (JSON-RPC 2.0 §8).
/// </summary>
internal sealed class RpcMethodTable
{
    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    private readonly List<(byte[] Name, RpcMethod Method)> _methods = [];

    public IEnumerable<string> Names => _methods.Select(entry => entry.Method.Name);

    /// <summary>
    /// Adds a method. Throws <see cref="ArgumentException"/> if the name is reserved, already in the table, or has characters other
    /// than letters, digits, <c>.</c>, <c>_</c>, <c>-</c> and <c>/</c>: names become label values.
    /// </summary>
    public RpcMethodTable Add(string name, RpcHandler handler)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_nameCharacters))
        {
            throw new ArgumentException(
                $"'{name}' is not a method name. Use letters, digits, '.', '_', '-' and '/'.", nameof(name));
        }

        if (name.StartsWith("rpc.", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The method name '{name}' is reserved: names must not begin with 'rpc.' (JSON-RPC 2.0 §8).", nameof(name));
        }

        if (_methods.Exists(entry => entry.Method.Name == name))
        {
            throw new ArgumentException($"There is already a method '{name}'.", nameof(name));
        }

        _methods.Add((Encoding.UTF8.GetBytes(name), new RpcMethod(name, handler)));
        return this;
    }

    /// <summary>Finds the method named by the reader's current string; null if the table has no such method.</summary>
    public RpcMethod? Find(in Utf8JsonReader reader)
    {
        // For a handful of methods, comparing all names costs less than decoding and hashing the string.
        foreach (var (name, method) in _methods)
        {
            if (reader.Is(name))
            {
                return method;
            }
        }

        return null;
    }
}
