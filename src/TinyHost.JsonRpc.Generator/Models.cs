// Owns: what the generator knows of a program, without symbols: equal before and after an edit that does not matter to it.

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace TinyHost.JsonRpc.Generator;

/// <summary>A place in a file of the program.</summary>
internal sealed record Place(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static Place? Of(Location? location) =>
        location?.SourceTree is null ? null : new(location.SourceTree.FilePath, location.SourceSpan, location.GetLineSpan().Span);

    public Location ToLocation() => Location.Create(Path, Span, Lines);
}

/// <summary>A diagnostic to report.</summary>
internal sealed record Problem(string Id, Place? Place, EquatableArray<string> Arguments)
{
    public static Problem Of(DiagnosticDescriptor rule, Place? place, params string[] arguments) => new(rule.Id, place, new(arguments));
}

/// <summary>How a type is read from JSON and written as JSON.</summary>
/// <param name="Type">The type in C#, with <c>?</c> where null is allowed.</param>
/// <param name="Key">The type without any <c>?</c>, as <c>[JsonSerializable]</c> lists types.</param>
/// <param name="Name">The type in messages.</param>
/// <param name="Codec">The library's struct that reads and writes the type; null if only a serializer context can.</param>
/// <param name="Item">The type of elements or of the value that may be null; the codec then has <c>{0}</c> in place of its codec.</param>
/// <param name="PrefersContext">Whether a context that lists the type wins over the codec: enums, and lists of listed types.</param>
/// <param name="ForeignContext">A context of a referenced assembly that lists the type.</param>
/// <param name="MayBeService">Whether a parameter of the type is a service if no context lists it.</param>
internal sealed record ValueModel(
    string Type,
    string Key,
    string Name,
    string? Codec = null,
    ValueModel? Item = null,
    bool PrefersContext = false,
    string? ForeignContext = null,
    bool MayBeService = false)
{
    /// <summary>Whether a context is looked for, so that a problem may be found once the contexts are known.</summary>
    public bool AsksContexts => Codec is null || PrefersContext || Item?.AsksContexts == true;
}

/// <summary>What a parameter of a method gets.</summary>
internal enum ParameterKind
{
    Value,
    Service,
    Services,
    Cancellation,
    Call,
    Context,
    User,
}

/// <summary>A parameter of a method.</summary>
/// <param name="Name">The name in JSON.</param>
/// <param name="Identifier">The name in C#.</param>
/// <param name="Type">The type in C#.</param>
/// <param name="Kind">What it gets.</param>
/// <param name="Value">How it is read, for a value.</param>
/// <param name="ServiceKey">The C# expression of the key of a keyed service; null for another service.</param>
/// <param name="Default">The C# expression of its default; null if it is required.</param>
/// <param name="HasDefault">Whether the declaration itself has a default.</param>
/// <param name="IsParams">Whether it is declared with <c>params</c>.</param>
/// <param name="TakesRest">Whether it is a <c>params</c> array, of anything but bytes: those are one text of Base64.</param>
/// <param name="Description">The sentence of the XML docs.</param>
/// <param name="Place">Where it is declared.</param>
internal sealed record ParameterModel(
    string Name,
    string Identifier,
    string Type,
    ParameterKind Kind,
    ValueModel? Value,
    string? ServiceKey,
    string? Default,
    bool HasDefault,
    bool IsParams,
    bool TakesRest,
    string Description,
    Place? Place);

/// <summary>How a method hands over its result.</summary>
internal enum ReturnKind
{
    Plain,
    Task,
    ValueTask,
}

/// <summary>A method that a handler serves or a client calls.</summary>
/// <param name="Name">The name in JSON-RPC without prefix; empty for a delegate, which gets its name at run time.</param>
/// <param name="Identifier">The name in C#.</param>
/// <param name="Parameters">All parameters, services included.</param>
/// <param name="Return">Whether the result is awaited.</param>
/// <param name="ReturnType">The return type in C#.</param>
/// <param name="Result">How the result is written; null for none.</param>
/// <param name="Summary">The summary of the XML docs.</param>
/// <param name="Remarks">The remarks of the XML docs.</param>
/// <param name="IsDeprecated">Whether the method has <c>[Obsolete]</c>.</param>
/// <param name="Place">Where problems of the method are reported.</param>
internal sealed record MethodModel(
    string Name,
    string Identifier,
    EquatableArray<ParameterModel> Parameters,
    ReturnKind Return,
    string ReturnType,
    ValueModel? Result,
    string Summary,
    string Remarks,
    bool IsDeprecated,
    Place? Place);

/// <summary>Which method of the handler a call calls.</summary>
internal enum CallKind
{
    Raw,
    Delegate,
    Type,
    Target,
}

/// <summary>A call of the handler that the generator replaces; one that adds a method in its raw form is only checked.</summary>
/// <param name="Kind">Which overload.</param>
/// <param name="Attribute">The attribute that names the call's place to the compiler.</param>
/// <param name="TargetType">The type whose methods are added; for a delegate its type if that has a name.</param>
/// <param name="Signature">A lambda with the delegate's signature, for a delegate whose type has no name.</param>
/// <param name="Methods">The methods; empty if a problem prevents their generation.</param>
/// <param name="ConstantName">The constant name of a delegate.</param>
/// <param name="Scope">The handler and the block it is used in: within these, a name may occur once.</param>
/// <param name="Place">Where the name is.</param>
/// <param name="Problems">What prevents the replacement.</param>
internal sealed record CallModel(
    CallKind Kind,
    string Attribute,
    string TargetType,
    string Signature,
    EquatableArray<MethodModel> Methods,
    string? ConstantName,
    string Scope,
    Place? Place,
    EquatableArray<Problem> Problems);

/// <summary>
/// An interface that the generator implements as a client. <c>Disposals</c> are the interfaces of disposing among its own, and
/// <c>Place</c> is where the interface is declared.
/// </summary>
internal sealed record ClientModel(
    string Namespace,
    string Accessibility,
    string ClassName,
    string Interface,
    bool ByPosition,
    EquatableArray<MethodModel> Methods,
    EquatableArray<string> Disposals,
    Place? Place,
    EquatableArray<Problem> Problems)
{
    /// <summary>The class with its namespace.</summary>
    public string FullName => Namespace.Length == 0 ? ClassName : $"{Namespace}.{ClassName}";
}

/// <summary>A serializer context of the program and the types it lists.</summary>
internal sealed record ContextModel(string Type, EquatableArray<string> Keys)
{
    public static ContextModel Of(ITypeSymbol context) => new(Names.Key(context), new(Names.ListedKeys(context)));
}
