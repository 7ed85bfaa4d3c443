// Owns: telling the code of a C# file from its comments and literals.
// Does not own: what the code means.

using System.Text;

namespace TinyHost.Tests.Support;

/// <summary>A scanner just good enough for rules about names: comments and literals become a space, the code in the holes of interpolated strings stays.</summary>
internal sealed class SourceText
{
    private readonly string _source;
    private readonly StringBuilder _code = new();
    private int _at;

    private SourceText(string source) => _source = source;

    internal static string Code(string source)
    {
        var text = new SourceText(source);
        text.ReadCode(inHole: false);
        return text._code.ToString();
    }

    private bool Sees(string text) => _source.AsSpan(_at).StartsWith(text);

    private int Run(char c)
    {
        var end = _at;
        while (end < _source.Length && _source[end] == c)
        {
            end++;
        }

        return end - _at;
    }

    private void ReadCode(bool inHole)
    {
        for (var depth = 0; _at < _source.Length;)
        {
            var c = _source[_at];
            if (Sees("//"))
            {
                SkipTo("\n", orEnd: true);
            }
            else if (Sees("/*"))
            {
                SkipTo("*/", orEnd: false);
                _at += 2;
            }
            else if (c is '"' or '$' || (c == '@' && (Sees("@\"") || Sees("@$"))))
            {
                ReadString();
            }
            else if (c == '\'')
            {
                ReadEscaped('\'');
            }
            else if (inHole && c == '}' && depth == 0)
            {
                return;
            }
            else
            {
                depth += c switch { '{' => 1, '}' => -1, _ => 0 };
                _code.Append(c);
                _at++;
            }
        }
    }

    private void SkipTo(string end, bool orEnd)
    {
        var found = _source.IndexOf(end, _at, StringComparison.Ordinal);
        _at = found >= 0 ? found : orEnd ? _source.Length : throw new FormatException($"No {end} after offset {_at}.");
        _code.Append(' ');
    }

    private void ReadString()
    {
        var verbatim = false;
        var dollars = 0;
        for (; _source[_at] != '"'; _at++)
        {
            dollars += _source[_at] == '$' ? 1 : 0;
            verbatim |= _source[_at] == '@';
        }

        var quotes = Run('"');
        if (quotes >= 3 && !verbatim)
        {
            ReadContent(new string('"', quotes), dollars, escape: '\0', holeBraces: dollars);
        }
        else
        {
            ReadContent("\"", dollars, escape: verbatim ? '"' : '\\', holeBraces: 1);
        }
    }

    private void ReadEscaped(char quote) => ReadContent(quote.ToString(), dollars: 0, escape: '\\', holeBraces: 1);

    /// <summary>From the opening quote to behind the closing one; <paramref name="escape"/> hides the character behind it.</summary>
    private void ReadContent(string quote, int dollars, char escape, int holeBraces)
    {
        _code.Append(' ');
        for (_at += quote.Length; ;)
        {
            var doubledQuote = escape == '"' && Sees("\"\"");
            if (Sees(quote) && !doubledQuote)
            {
                _at += quote.Length;
                return;
            }

            if (doubledQuote || (escape == '\\' && _source[_at] == '\\'))
            {
                _at += 2;
            }
            else if (dollars > 0 && _source[_at] == '{')
            {
                var braces = Run('{');
                _at += braces;

                // One dollar: {{ is a brace. More: as many braces as dollars open a hole.
                if (escape == '\0' && dollars > 1 ? braces >= holeBraces : braces % 2 == 1)
                {
                    ReadCode(inHole: true);
                    _at += holeBraces;
                    _code.Append(' ');
                }
            }
            else
            {
                _at++;
            }
        }
    }
}
