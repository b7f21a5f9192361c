# The targets that CMakeLists.txt describes, for a build tree and for an installation alike. Of the two
# libraries one may be missing.
#
#     httpclient_add_targets(INCLUDE_DIR dir [SHARED file SONAME name]
#                            [STATIC file NATIVE_LIBRARIES options])
function(httpclient_add_targets)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "INCLUDE_DIR;SHARED;SONAME;STATIC;NATIVE_LIBRARIES" "")

  if(arg_SHARED)
    add_library(httpclient::shared SHARED IMPORTED GLOBAL)
    set_target_properties(httpclient::shared PROPERTIES
      IMPORTED_LOCATION "${arg_SHARED}"
      IMPORTED_SONAME "${arg_SONAME}"
      INTERFACE_INCLUDE_DIRECTORIES "${arg_INCLUDE_DIR}")
  endif()

  if(arg_STATIC)
    separate_arguments(native_libraries UNIX_COMMAND "${arg_NATIVE_LIBRARIES}")
    string(REPLACE "-framework;" "-framework " native_libraries "${native_libraries}")
    add_library(httpclient::static STATIC IMPORTED GLOBAL)
    set_target_properties(httpclient::static PROPERTIES
      IMPORTED_LOCATION "${arg_STATIC}"
      INTERFACE_INCLUDE_DIRECTORIES "${arg_INCLUDE_DIR}"
      INTERFACE_LINK_LIBRARIES "${native_libraries}")
  endif()

  # As add_library would choose for its user.
  if(arg_SHARED AND (BUILD_SHARED_LIBS OR NOT arg_STATIC))
    set(default httpclient::shared)
  else()
    set(default httpclient::static)
  endif()
  add_library(httpclient::httpclient INTERFACE IMPORTED GLOBAL)
  set_target_properties(httpclient::httpclient PROPERTIES INTERFACE_LINK_LIBRARIES "${default}")
endfunction()
