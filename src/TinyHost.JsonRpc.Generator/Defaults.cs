// Owns: writing the default value of a parameter as an expression of C#.

using System;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Writes constants.</summary>
internal static class Defaults
{
    public static string Write(ITypeSymbol type, object? value)
    {
        var real = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
            ? nullable.TypeArguments[0]
            : type;
        return value switch
        {
            null => "default",
            bool or string => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false)!,
            char letter => SymbolDisplay.FormatLiteral(letter, quote: true),
            float number when float.IsNaN(number) || float.IsInfinity(number) => "float." + Special(number),
            double number when double.IsNaN(number) || double.IsInfinity(number) => "double." + Special(number),
            float number => number.ToString("R", CultureInfo.InvariantCulture) + "F",
            double number => number.ToString("R", CultureInfo.InvariantCulture) + "D",
            decimal number => number.ToString(CultureInfo.InvariantCulture) + "M",
            _ => $"({Names.Key(real)})({((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)})",
        };
    }

    private static string Special(double number) =>
        double.IsNaN(number) ? "NaN" : number > 0 ? "PositiveInfinity" : "NegativeInfinity";
}
