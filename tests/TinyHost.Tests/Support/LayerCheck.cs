// Owns: finding references that point upward among layered source files.
// Does not own: what the layers are.

using System.Text.RegularExpressions;

namespace TinyHost.Tests.Support;

/// <summary>
/// Works on source text alone. A name that is also a member of the file it stands in, such as a property <c>Connection</c>, counts as
/// the type only where nothing but a type can stand.
/// </summary>
internal static partial class LayerCheck
{
    /// <summary>One sentence for each file that names a type of a later layer, or lies in none.</summary>
    internal static IReadOnlyList<string> FindViolations(IReadOnlyList<string> layers, IReadOnlyDictionary<string, string> filesByPath)
    {
        var files = filesByPath
            .Select(file => (Path: file.Key, Layer: IndexOf(layers, file.Key.Split('/')[0]), Code: SourceText.Code(file.Value)))
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .ToList();
        var types = files.SelectMany(file => DeclaredTypes(file.Code).Select(name => (Name: name, file.Layer))).ToList();
        var stray = files.Where(file => file.Layer < 0).Select(file => $"{file.Path} lies in no layer.");
        var upward =
            from file in files
            where file.Layer >= 0
            from type in types
            where type.Layer > file.Layer && NamesType(file.Code, type.Name)
            select $"{file.Path} names {type.Name} of {layers[type.Layer]}.";
        return [.. stray, .. upward];
    }

    /// <summary>The types a file declares outside any other type: with file-scoped namespaces those at the start of a line.</summary>
    internal static IEnumerable<string> DeclaredTypes(string code) =>
        TypeDeclaration().Matches(code).Select(match => match.Groups["name"].Value);

    internal static bool NamesIdentifier(string code, string name) => Regex.IsMatch(code, $@"\b{name}\b");

    private static int IndexOf(IReadOnlyList<string> layers, string name) => layers.TakeWhile(layer => layer != name).Count() is var i && i < layers.Count ? i : -1;

    private static bool NamesType(string code, string name)
    {
        // Not a member of something else, a named argument, or a member set by an initializer.
        var bare = $@"(?<![\w.]|\w\?\.)(?:(?:global::)?TinyHost\.)?{name}\b(?!\s*(?::(?!:)|=(?![=>])))";
        if (!Regex.IsMatch(code, bare))
        {
            return false;
        }

        return !DeclaresMember(code, name) || Regex.IsMatch(code, $@"\b(?:new|is|is not|as|out|typeof\()\s*{name}\b|<{name}\b|[(,;{{}}]\s*(?:(?:{Modifiers})\s+)*{name}\??(?:\[\])?\s+(?!is\b|as\b|and\b|or\b|when\b|switch\b|with\b)[A-Za-z_]");
    }

    /// <summary>A property, field, method or enum member of that name: behind a type, or alone between commas.</summary>
    private static bool DeclaresMember(string code, string name) =>
        Regex.Matches(code, $@"(?<type>[\w>?\])]+)\s+{name}\s*(?:\{{|=|;|\(|,|\))").Any(match => !s_notTypes.Contains(match.Groups["type"].Value))
        || Regex.IsMatch(code, $@"[{{,]\s*{name}\s*(?=,|\}}|=)");

    private const string Modifiers = "public|internal|private|protected|static|readonly|sealed|abstract|virtual|override|required|async|volatile|const";

    private static readonly HashSet<string> s_notTypes =
    [
        .. Modifiers.Split('|'), "new", "return", "is", "not", "as", "in", "out", "ref", "await", "throw", "case", "and", "or", "when", "else", "where", "params",
    ];

    [GeneratedRegex(@"^(?:(?:public|internal|file|static|sealed|abstract|readonly|partial|ref|unsafe)\s+)*(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?|delegate\s+[\w<>\[\]?,. ]+?)\s+(?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex TypeDeclaration();
}
