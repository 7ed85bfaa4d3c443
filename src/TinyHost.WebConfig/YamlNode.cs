// Owns: the part of YAML that web configuration files use: mappings, sequences and scalars, with the lines they stand on.

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TinyHost.WebConfig;

/// <summary>A node of the document. Anchors, aliases, tags, repeated keys and further documents are refused.</summary>
internal sealed class YamlNode
{
    private const int MostLevels = 16;

    private YamlNode(long line) => Line = line;

    internal long Line { get; }

    /// <summary>The text of a scalar; null for another node.</summary>
    internal string? Text { get; private init; }

    /// <summary>Whether a scalar is written without quotes, so that <c>null</c>, <c>true</c> and numbers mean what they say.</summary>
    internal bool IsPlain { get; private init; }

    /// <summary>The entries of a mapping, in order; null for another node.</summary>
    internal List<(YamlNode Key, YamlNode Value)>? Entries { get; private init; }

    /// <summary>The items of a sequence; null for another node.</summary>
    internal List<YamlNode>? Items { get; private init; }

    /// <summary>Whether the node says that there is no value.</summary>
    internal bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");

    /// <summary>The root of the document; null if there is none. Throws <see cref="FormatException"/>.</summary>
    internal static YamlNode? Parse(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                return null;
            }

            parser.Consume<DocumentStart>();
            var root = Read(parser, level: 0);
            parser.Consume<DocumentEnd>();
            return parser.TryConsume<DocumentStart>(out var second) ? throw Fault(second.Start.Line, "a second document begins") : root;
        }
        catch (YamlException fault)
        {
            throw Fault(fault.Start.Line, $"the YAML is malformed: {fault.Message.TrimEnd('.')}");
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
        {
            // The parser throws these for some text, without a line.
            throw new FormatException("the YAML is malformed, such as an escape, a tag or a directive in it.", fault);
        }
    }

    /// <summary>The exception for a fault at this node, with its line.</summary>
    internal FormatException Fault(string what) => Fault(Line, what);

    private static FormatException Fault(long line, string what) => new($"line {line}: {what}.");

    private static YamlNode Read(Parser parser, int level)
    {
        var line = parser.Current!.Start.Line;
        if (level == MostLevels)
        {
            throw Fault(line, $"the YAML has more than {MostLevels} levels");
        }

        if (parser.TryConsume<AnchorAlias>(out _) || parser.Current is NodeEvent { Anchor.IsEmpty: false })
        {
            throw Fault(line, "anchors and aliases are not supported; write the value again");
        }

        if (parser.Current is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } tag })
        {
            throw Fault(line, $"the tag {tag.Value} is not supported; remove it");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new(line) { Text = scalar.Value, IsPlain = scalar.Style == ScalarStyle.Plain };
        }

        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<YamlNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Read(parser, level + 1));
            }

            return new(line) { Items = items };
        }

        parser.Consume<MappingStart>();
        var entries = new List<(YamlNode Key, YamlNode Value)>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Read(parser, level + 1);
            if (key.Text is null)
            {
                throw key.Fault("a key must be a text");
            }

            if (!keys.Add(key.Text))
            {
                throw key.Fault($"the key {key.Text} occurs twice");
            }

            entries.Add((key, Read(parser, level + 1)));
        }

        return new(line) { Entries = entries };
    }
}
