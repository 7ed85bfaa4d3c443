// Owns: a list of methods that a user may call.

namespace TinyHost.JsonRpc;

/// <summary>Names of methods, such as <c>add</c>, and beginnings of names, such as <c>order.*</c> or <c>*</c>.</summary>
internal sealed class RpcMethodList
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _beginnings = [];

    public RpcMethodList(IEnumerable<string> entries)
    {
        foreach (var entry in entries)
        {
            if (entry.EndsWith('*'))
            {
                _beginnings.Add(entry[..^1]);
            }
            else
            {
                _names.Add(entry);
            }
        }
    }

    public bool Has(string method) =>
        _names.Contains(method) || _beginnings.Exists(beginning => method.StartsWith(beginning, StringComparison.Ordinal));
}
