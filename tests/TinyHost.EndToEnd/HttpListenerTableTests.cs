// Owns: that docs/from-httplistener.md lists every public member of HttpListener and its companions, and the members it names exist here.

using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Reflection;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed partial class HttpListenerTableTests
{
    public static TheoryData<Type> Types() =>
    [
        typeof(HttpListener), typeof(HttpListenerContext), typeof(HttpListenerRequest), typeof(HttpListenerResponse),
        typeof(HttpListenerTimeoutManager), typeof(HttpListenerPrefixCollection), typeof(HttpListenerWebSocketContext),
        typeof(HttpListenerBasicIdentity), typeof(HttpListenerException),
    ];

    [Fact]
    public void Every_public_class_of_HttpListener_has_a_table() =>
        Assert.Equal(
            typeof(HttpListener).Assembly.GetExportedTypes()
                .Where(type => type.IsClass && !type.IsAssignableTo(typeof(Delegate)))
                .Select(type => type.Name)
                .Order(StringComparer.Ordinal),
            Types().Select(row => row.Data.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Types))]
    public void The_table_of_a_class_lists_each_of_its_public_members_once(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var members = type.GetMembers(Declared)
            .Where(member => member is not MethodBase { IsSpecialName: true } || member is ConstructorInfo)
            .Select(member => member is ConstructorInfo ? type.Name : member.Name)
            .Distinct();

        var rows = Rows(type.Name);
        var listed = rows.SelectMany(row => Name().Matches(row[0])).Select(match => match.Groups[1].Value);

        Assert.Equal(members.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.True(row[1].Length + row[2].Length > 0, $"The row of {row[0]} says nothing."));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_members_named_in_place_of_those_of_a_class_exist(Type type)
    {
        var known = Replacements()
            .SelectMany(replacement => replacement.GetMembers().Select(member => member.Name).Append(replacement.Name))
            .ToHashSet(StringComparer.Ordinal);
        var named = Rows(type.Name)
            .SelectMany(row => Code().Matches(row[1]))
            .SelectMany(code => Identifier().Matches(Text().Replace(code.Value, "")))
            .Select(identifier => identifier.Value);

        Assert.All(named, name => Assert.Contains(name, known));
    }

    // What takes the place: the public types of TinyHost, and the types of .NET that its members return or throw.
    private static IEnumerable<Type> Replacements() =>
    [
        .. typeof(HttpServer).Assembly.GetExportedTypes(),
        typeof(Activity), typeof(IDictionary<object, object?>), typeof(IList<string>), typeof(IOException), typeof(IPAddress),
        typeof(IPEndPoint), typeof(IReadOnlyCollection<IPEndPoint>), typeof(WebSocket),
    ];

    private static List<string[]> Rows(string title)
    {
        var page = File.ReadAllText(Repository.File(DocumentedProgram.FromHttpListener));
        var section = Regex.Match(page, $@"^## {title}\n((?:(?!## ).*\n)*)", RegexOptions.Multiline).Groups[1].Value;
        return
        [
            .. section.Split('\n')
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => cells.Length == 3 ? cells : throw new FormatException($"not three cells: {string.Join('|', cells)}")),
        ];
    }

    [GeneratedRegex("`([A-Za-z0-9]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("`[^`]+`")]
    private static partial Regex Code();

    // The names of fields and settings.
    [GeneratedRegex("\"[^\"]*\"|TinyHost:[A-Za-z:…]+")]
    private static partial Regex Text();

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+")]
    private static partial Regex Identifier();
}
