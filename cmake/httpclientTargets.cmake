# The targets that CMakeLists.txt describes, for a build tree and for an installation alike.
#
#     httpclient_add_targets(INCLUDE_DIR dir SHARED file SONAME name STATIC file
#                            NATIVE_LIBRARIES item...)
function(httpclient_add_targets)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "INCLUDE_DIR;SHARED;SONAME;STATIC" "NATIVE_LIBRARIES")

  add_library(httpclient::shared SHARED IMPORTED GLOBAL)
  set_target_properties(httpclient::shared PROPERTIES
    IMPORTED_LOCATION "${arg_SHARED}"
    IMPORTED_SONAME "${arg_SONAME}"
    INTERFACE_INCLUDE_DIRECTORIES "${arg_INCLUDE_DIR}")

  add_library(httpclient::static STATIC IMPORTED GLOBAL)
  set_target_properties(httpclient::static PROPERTIES
    IMPORTED_LOCATION "${arg_STATIC}"
    INTERFACE_INCLUDE_DIRECTORIES "${arg_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${arg_NATIVE_LIBRARIES}")

  # As add_library would choose for its user.
  add_library(httpclient::httpclient INTERFACE IMPORTED GLOBAL)
  if(BUILD_SHARED_LIBS)
    set(default httpclient::shared)
  else()
    set(default httpclient::static)
  endif()
  set_target_properties(httpclient::httpclient PROPERTIES INTERFACE_LINK_LIBRARIES "${default}")
endfunction()
