// Owns: the codec of each type once the program's serializer contexts are known.

using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Resolves codecs, and remembers the contexts that they use.</summary>
internal sealed class Codecs(IEnumerable<ContextModel> contexts)
{
    private readonly Dictionary<string, string> _contexts = contexts
        .SelectMany(context => context.Keys.Select(key => (Key: key, context.Type)))
        .GroupBy(pair => pair.Key)
        .ToDictionary(group => group.Key, group => group.First().Type);

    private readonly List<string> _used = [];

    /// <summary>The codec of the type; null if no context lists the type, or a type within it.</summary>
    public string? Find(ValueModel value)
    {
        var inner = value.Item is null ? null : Unlisted(value.Item) is null ? Find(value.Item) : null;
        var own = value.Codec is null || (value.Item is not null && inner is null) ? null : value.Codec.Replace("{0}", inner);
        var listed = value.Codec is null || value.PrefersContext ? Listed(value) : null;
        return listed ?? own;
    }

    /// <summary>The type that needs to be listed; null if all are.</summary>
    public ValueModel? Unlisted(ValueModel value)
    {
        if ((value.Codec is null || value.PrefersContext) && (value.ForeignContext ?? ContextOf(value)) is not null)
        {
            return null;
        }

        return value.Item is not null ? Unlisted(value.Item) : value.Codec is null ? value : null;
    }

    /// <summary>Structs that name the used contexts to the library. They belong to one generated file.</summary>
    public string Declarations()
    {
        var text = new StringBuilder();
        for (var i = 0; i < _used.Count; i++)
        {
            text.Append($$"""

                    file readonly struct Context{{i}} : global::TinyHost.JsonRpc.IJsonRpcContext
                    {
                        public static global::System.Text.Json.Serialization.JsonSerializerContext Instance => {{_used[i]}}.Default;
                    }

                """);
        }

        return text.ToString();
    }

    private string? ContextOf(ValueModel value) => _contexts.TryGetValue(value.Key, out var context) ? context : null;

    private string? Listed(ValueModel value)
    {
        if ((ContextOf(value) ?? value.ForeignContext) is not { } context)
        {
            return null;
        }

        if (!_used.Contains(context))
        {
            _used.Add(context);
        }

        return $"global::TinyHost.JsonRpc.ContextValue<{value.Type}, global::TinyHost.JsonRpc.Generated.Context{_used.IndexOf(context)}>";
    }
}
