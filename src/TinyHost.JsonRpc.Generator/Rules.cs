// Owns: the diagnostics. docs/json-rpc.md lists them with examples.

using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>The rules that a program breaks if a method cannot be bound.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor NotKnown = Rule(
        "TINY001",
        "The method is not known at compile time",
        "Write a lambda or the name of a method here: the parameters of '{0}' are known only at run time");

    public static readonly DiagnosticDescriptor ByReference = Rule(
        "TINY002",
        "A parameter is passed by reference",
        "Parameter '{0}' is {1}: params of JSON-RPC are values, so take it by value");

    public static readonly DiagnosticDescriptor NoJsonType = Rule(
        "TINY003",
        "JSON cannot express a type",
        "{0} has the type {1}, which JSON cannot express");

    public static readonly DiagnosticDescriptor Generic = Rule(
        "TINY004",
        "A method is generic",
        "{0} depends on the type parameter {1}: JSON-RPC needs the types when the program is compiled");

    public static readonly DiagnosticDescriptor NoContext = Rule(
        "TINY005",
        "No serializer context lists a type",
        "{0} has the type {1}, which no JsonSerializerContext lists: add [JsonSerializable(typeof({1}))] to a context of this program{2}");

    public static readonly DiagnosticDescriptor NameTwice = Rule(
        "TINY006",
        "Two methods have one name",
        "The name '{0}' is taken by another method");

    public static readonly DiagnosticDescriptor ReservedName = Rule(
        "TINY007",
        "A name is reserved",
        "The name '{0}' begins with 'rpc.', which JSON-RPC 2.0 reserves for itself");

    public static readonly DiagnosticDescriptor AsyncVoid = Rule(
        "TINY008",
        "A method is async void",
        "{0} is async void, so its end and its exceptions cannot be seen: return Task");

    public static readonly DiagnosticDescriptor NotAccessible = Rule(
        "TINY009",
        "Generated code cannot see a type or method",
        "{0} is not accessible to generated code: make it internal or public");

    public static readonly DiagnosticDescriptor NoMethods = Rule(
        "TINY010",
        "A type has no methods to add",
        "{0} has no public instance methods to add");

    public static readonly DiagnosticDescriptor NoClient = Rule(
        "TINY011",
        "A client cannot implement a member",
        "A client cannot implement '{0}': {1}");

    public static readonly DiagnosticDescriptor TooManyParameters = Rule(
        "TINY012",
        "A method has too many parameters",
        "{0} has {1} parameters; 64 are the most");

    public static readonly IReadOnlyDictionary<string, DiagnosticDescriptor> All = new[]
    {
        NotKnown, ByReference, NoJsonType, Generic, NoContext, NameTwice, ReservedName, AsyncVoid, NotAccessible, NoMethods, NoClient,
        TooManyParameters,
    }.ToDictionary(rule => rule.Id);

    private static DiagnosticDescriptor Rule(string id, string title, string message) => new(
        id,
        title,
        message,
        category: "TinyHost.JsonRpc",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);
}
