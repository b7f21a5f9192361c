# CMake's build types mean what they say.

# typed TYPE: a build of this type, without TLS and IDNA, whose code is quick to make.
typed() {
    build "$work/$1" -DCMAKE_BUILD_TYPE="$1" -DHTTPCLIENT_TLS=OFF -DHTTPCLIENT_IDNA=OFF
}
size() { stat -L -c %s "$work/$1/lib/libhttpclient.so"; }
sections() { readelf -S "$1" | grep -c ' \.debug_info'; }

check "Release" typed Release
check "Release has no debug information" [ "$(sections "$work/Release/lib/libhttpclient.so")" -eq 0 ]
check "RelWithDebInfo" typed RelWithDebInfo
check "RelWithDebInfo has debug information" [ "$(sections "$work/RelWithDebInfo/lib/libhttpclient.so")" -gt 0 ]
check "in the static library, too" [ "$(sections "$work/RelWithDebInfo/lib/libhttpclient.a")" -gt 0 ]
check "MinSizeRel" typed MinSizeRel
check "MinSizeRel is smaller" [ "$(size MinSizeRel)" -lt "$(size Release)" ]
check "a typing error in a profile is refused" refuses \
    "there is no cargo profile 'relaese'. There are: dev release relwithdebinfo minsizerel firmware" \
    configure "$work/relaese" "${cheap[@]}" -DHTTPCLIENT_CARGO_PROFILE=relaese

# several_configurations: they share one build, whatever else is in the cache.
several_configurations() {
    configure "$work/several" -G "Ninja Multi-Config" "${cheap[@]}" && cmake --build "$work/several" --config Debug &&
        [ -e "$work/several/cargo/release/lib/libhttpclient.a" ]
}
check "a generator with several configurations: Release" several_configurations
