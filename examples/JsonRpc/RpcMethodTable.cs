// Owns: which methods there are, by name.
// Does not own: what they do (Methods/).

using System.Buffers;
using System.Text;
using System.Text.Json;

namespace JsonRpc;

/// <summary>
/// The methods a server offers. Names are case-sensitive; those beginning with <c>rpc.</c> are reserved (JSON-RPC 2.0 §8).
/// </summary>
internal sealed class RpcMethodTable
{
    public IEnumerable<string> Names => _methods.Select(entry => entry.Method.Name);

    /// <summary>
    /// Adds a method. Throws <see cref="ArgumentException"/> for a reserved name, one the table has, or one of other than
    /// letters, digits, <c>.</c>, <c>_</c>, <c>-</c> and <c>/</c>: names become label values.
    /// </summary>
    public RpcMethodTable Add(string name, RpcHandler handler)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_nameCharacters))
        {
            throw new ArgumentException(
                $"'{name}' is not a method name: it must be of letters, digits, '.', '_', '-' and '/'.", nameof(name));
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

    /// <summary>Finds the method whose name is the string the reader stands on; null when there is none.</summary>
    public RpcMethod? Find(in Utf8JsonReader reader)
    {
        // A daemon has a handful of methods: comparing them all costs less than decoding the name to hash it.
        foreach (var (name, method) in _methods)
        {
            if (reader.Is(name))
            {
                return method;
            }
        }

        return null;
    }

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    private readonly List<(byte[] Name, RpcMethod Method)> _methods = [];
}
