# What is installed, in two components: `runtime`, the shared library as programs find it when they
# start, and `dev`, all that a program is built with.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# As a part of another project only what its programs need to run: if none is linked with the shared
# library, that is not there.
if(build_shared)
  set(optional)
  if(NOT HTTPCLIENT_INSTALL)
    set(optional OPTIONAL)
  endif()
  install(PROGRAMS "${lib}/${shared}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime ${optional})
  install(FILES "${lib}/${shared_soname}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime
    ${optional})
  # `cmake --install --strip` knows the targets of CMake's own only.
  if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    set(installed "${CMAKE_INSTALL_LIBDIR}/${shared}")
  else()
    set(installed "\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/${shared}")
  endif()
  install(CODE "
    set(installed \"\$ENV{DESTDIR}${installed}\")
    if(CMAKE_INSTALL_DO_STRIP AND EXISTS \"\${installed}\")
      execute_process(COMMAND \"${CMAKE_STRIP}\" \"\${installed}\" RESULT_VARIABLE failed)
      if(failed)
        message(FATAL_ERROR \"${CMAKE_STRIP} cannot strip \${installed}.\")
      endif()
    endif()" COMPONENT runtime)
endif()

if(NOT HTTPCLIENT_INSTALL)
  return()
endif()

# --- Package files -------------------------------------------------------------------------------

set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/httpclient")
set(pkgconfig_folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
# pkg-config finds the rest from where httpclient.pc is, so that a prefix may be moved.
set(pkgconfig_full "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH prefix_from_pc "${pkgconfig_full}" "${CMAKE_INSTALL_PREFIX}")
file(RELATIVE_PATH includedir_from_pc "${pkgconfig_full}" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
# Where there is no shared library, nobody should have to ask for --static.
set(pkgconfig_libs)
if(NOT build_shared AND native_libraries)
  set(pkgconfig_libs " ${native_libraries}")
endif()
set(package "${PROJECT_BINARY_DIR}/package")
configure_file(cmake/httpclient.pc.in "${package}/httpclient.pc" @ONLY)
configure_package_config_file(cmake/httpclientConfig.cmake.in "${package}/httpclientConfig.cmake"
  INSTALL_DESTINATION "${config_folder}" PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# While the major version is 0, a new minor version may break its users.
write_basic_package_version_file("${package}/httpclientConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)

install(FILES include/httpclient.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)
if(build_shared)
  install(FILES "${lib}/${shared_link}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev)
endif()
if(HTTPCLIENT_BUILD_STATIC)
  install(FILES "${lib}/libhttpclient.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev)
endif()
install(FILES "${package}/httpclientConfig.cmake" "${package}/httpclientConfigVersion.cmake"
  cmake/httpclientTargets.cmake DESTINATION "${config_folder}" COMPONENT dev)
install(FILES "${package}/httpclient.pc" DESTINATION "${pkgconfig_folder}" COMPONENT dev)
# For programs that are run under valgrind.
install(FILES tools/valgrind.supp DESTINATION "${CMAKE_INSTALL_DATADIR}/httpclient" COMPONENT dev)
install(FILES LICENSE-MIT LICENSE-APACHE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT dev)

# --- Uninstall -----------------------------------------------------------------------------------

if(is_top_level)
  add_custom_target(uninstall
    COMMAND "${CMAKE_COMMAND}" "-DMANIFESTS=${PROJECT_BINARY_DIR}/install_manifest*.txt"
      -P "${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake"
    COMMENT "Removing what the last installation has put in place" VERBATIM)
endif()
