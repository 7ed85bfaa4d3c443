// Owns: the sentences of XML docs, read from the source, which the compiler keeps even where it does not produce documentation.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>The XML docs of a method.</summary>
internal sealed class Documentation
{
    private readonly XElement _root;

    private Documentation(XElement root) => _root = root;

    public string Summary => Text(_root.Element("summary"));

    public string Remarks => Text(_root.Element("remarks"));

    /// <summary>The docs of the first of the symbols that has docs of its own.</summary>
    public static Documentation Of(IEnumerable<ISymbol> symbols) =>
        new(symbols.Select(Find).FirstOrDefault(found => found is not null && found.Element("inheritdoc") is null) ?? new XElement("doc"));

    public string Parameter(string name) =>
        Text(_root.Elements("param").FirstOrDefault(element => (string?)element.Attribute("name") == name));

    private static XElement? Find(ISymbol symbol)
    {
        var syntax = symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
        var xml = syntax is null ? symbol.GetDocumentationCommentXml() : Comment(syntax.GetLeadingTrivia().ToFullString());
        if (string.IsNullOrWhiteSpace(xml))
        {
            return null;
        }

        try
        {
            var root = XElement.Parse($"<doc>{xml}</doc>", LoadOptions.PreserveWhitespace);
            return root.Element("member") ?? root;
        }
        catch (XmlException)
        {
            // The compiler warns of it where it produces documentation.
            return null;
        }
    }

    private static string Comment(string trivia) => string.Join(
        "\n",
        trivia.Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("///", StringComparison.Ordinal))
            .Select(line => line.Substring(3)));

    private static string Text(XElement? element)
    {
        if (element is null)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            Append(text, node);
        }

        return Regex.Replace(text.ToString(), @"\s+", " ").Trim();
    }

    private static void Append(StringBuilder text, XNode node)
    {
        if (node is XText plain)
        {
            text.Append(plain.Value);
        }
        else if (node is XElement element)
        {
            var named = (string?)element.Attribute("name") ?? (string?)element.Attribute("langword")
                ?? LastName((string?)element.Attribute("cref"));
            if (named is not null && !element.Nodes().Any())
            {
                text.Append(named);
            }

            text.Append(element.Name.LocalName == "para" ? " " : "");
            foreach (var inner in element.Nodes())
            {
                Append(text, inner);
            }
        }
    }

    private static string? LastName(string? reference)
    {
        if (reference is null)
        {
            return null;
        }

        var name = reference.Split('(')[0];
        return name.Substring(name.LastIndexOfAny(['.', ':']) + 1);
    }
}
